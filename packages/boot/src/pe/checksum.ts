import type { Pe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'

/**
 * The checksum of the optional header (ImageHlp's CheckSumMappedFile): the sum of all 16-bit little-endian words but its
 * own, with the carries folded in, plus the length of the file. Firmware looks at it for nothing that it starts; some
 * tools warn when it is wrong.
 */
export function checksumOf(source: ByteSource, checksumOffset: number): number {
  let sum = 0
  let offset = 0
  for (const chunk of source.chunks(0, source.size)) {
    sum = (sum + wordSum(chunk, offset)) % WHOLE
    offset += chunk.length
  }
  sum -= wordSum(source.read(checksumOffset, 4), checksumOffset)
  return folded(sum) + source.size
}

/** The two ends of a file that change when it gets another certificate table. */
interface Ends {
  readonly headers: Uint8Array
  readonly tail: Uint8Array
}

/**
 * The checksum of an image of which only the ends change. Folding makes a sum modulo 65535, so what changes is enough to
 * know. Undefined when the old checksum is none (0) or cannot be right.
 */
export function checksumAfter(pe: Pe, before: Ends, after: Ends): number | undefined {
  const start = pe.fileSize - before.tail.length
  const oldSum = pe.checksum - pe.fileSize
  if (pe.checksum === 0 || oldSum < 0 || oldSum > WHOLE) return undefined
  const sumOf = ({ headers, tail }: Ends) =>
    wordSum(headers, 0) -
    wordSum(headers.subarray(pe.checksumOffset, pe.checksumOffset + 4), pe.checksumOffset) +
    wordSum(tail, start)
  return folded(oldSum - sumOf(before) + sumOf(after)) + start + after.tail.length
}

const WHOLE = 0xffff

/** A sum of words with its carries folded in is never 0, unless every word is. */
function folded(sum: number): number {
  const rest = ((sum % WHOLE) + WHOLE) % WHOLE
  return rest === 0 ? WHOLE : rest
}

/** The sum, modulo 65535, of the words of which these bytes are part when they stand at `offset` in the file. */
function wordSum(bytes: Uint8Array, offset: number): number {
  let sum = 0
  let i = 0
  if (offset % 2 === 0 && bytes.byteOffset % 4 === 0) {
    // Four bytes at once: 65536 is 1 modulo 65535, so a word's place does not matter. 2^20 of them stay below 2^53.
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    for (let from = 0; from < words.length; from += 1 << 20) {
      const to = Math.min(words.length, from + (1 << 20))
      for (let at = from; at < to; at++) sum += words[at]!
      sum %= WHOLE
    }
    i = words.length * 4
  }
  for (; i < bytes.length; i++) sum += (offset + i) % 2 === 0 ? bytes[i]! : bytes[i]! * 256
  return sum % WHOLE
}
