import { isUtf8 } from 'node:buffer'

/**
 * Nix strings and file names are bytes, most of them UTF-8. Bytes that are not UTF-8 become lone surrogates U+DC80 to
 * U+DCFF, one each, which valid text never holds, so that `encodeText` gives back the very bytes.
 */
export function decodeText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? buffer.toString('utf8') : decodeDamaged(buffer)
}

/** The bytes that `decodeText` read. */
export function encodeText(text: string): Uint8Array {
  if (!ESCAPED.test(text)) return Buffer.from(text)
  return Buffer.concat(
    text
      .split(ESCAPED_RUN)
      .map((part) =>
        ESCAPED.test(part) ? Buffer.from(part, 'utf16le').filter((_, at) => at % 2 === 0) : Buffer.from(part),
      ),
  )
}

/** Order of the bytes, as Nix sorts; JavaScript's own order of strings differs outside the basic plane. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0
  if (WIDE.test(a) || WIDE.test(b)) return Buffer.compare(encodeText(a), encodeText(b))
  return a < b ? -1 : 1
}

/** The byte 0xNN stands as U+DCNN, which no UTF-16 pair explains. */
const ESCAPED = /(?<![\ud800-\udbff])[\udc80-\udcff]/
const ESCAPED_RUN = /((?<![\ud800-\udbff])[\udc80-\udcff]+)/
const WIDE = /[\ud800-\udfff]/

/** In UTF-16 directly: a byte never makes more than one unit, and a string a byte would be many times the input. */
function decodeDamaged(buffer: Buffer): string {
  const units = Buffer.allocUnsafe(buffer.length * 2)
  let written = 0
  let start = 0
  for (let at = 0; at < buffer.length; ) {
    const length = sequenceLength(buffer, at)
    if (length > 0) {
      at += length
      continue
    }
    if (at > start) written += units.write(buffer.toString('utf8', start, at), written, 'utf16le')
    written = units.writeUInt16LE(0xdc00 | buffer[at]!, written)
    start = ++at
  }
  written += units.write(buffer.toString('utf8', start), written, 'utf16le')
  return units.toString('utf16le', 0, written)
}

/** How many bytes the UTF-8 character at `at` has; 0 where there is none. */
function sequenceLength(buffer: Buffer, at: number): number {
  const first = buffer[at]!
  if (first < 0x80) return 1
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  return length > 0 && at + length <= buffer.length && isUtf8(buffer.subarray(at, at + length)) ? length : 0
}
