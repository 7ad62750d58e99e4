import { TAG } from './der.ts'

/** Writing DER: each function answers one whole value. The same arguments give the same bytes, always. */

/** A value of any tag, its content in parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Uint8Array.of(tag), writeLength(length), ...parts])
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(TAG.sequence, ...parts)
}

/** SET OF: members in ascending order of their bytes, as DER demands. */
export function setOf(...members: readonly Uint8Array[]): Uint8Array {
  return der(TAG.set, ...[...members].sort(Buffer.compare))
}

export function integer(value: bigint | number): Uint8Array {
  let number = BigInt(value)
  if (number < 0n) throw new RangeError('negative numbers have no place in what is written here')
  const bytes: number[] = []
  do {
    bytes.unshift(Number(number & 0xffn))
    number >>= 8n
  } while (number > 0n)
  if (bytes[0]! >= 0x80) bytes.unshift(0)
  return der(TAG.integer, Uint8Array.from(bytes))
}

export function boolean(value: boolean): Uint8Array {
  return der(TAG.boolean, Uint8Array.of(value ? 0xff : 0))
}

export function oid(dotted: string): Uint8Array {
  const [root, second, ...others] = dotted.split('.').map(BigInt) as [bigint, bigint, ...bigint[]]
  const bytes = [root * 40n + second, ...others].flatMap((part) => {
    const groups = [Number(part & 0x7fn)]
    for (let rest = part >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80)
    return groups
  })
  return der(TAG.oid, Uint8Array.from(bytes))
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return der(TAG.octetString, bytes)
}

/** A bit string of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return der(TAG.bitString, Uint8Array.of(0), bytes)
}

/** Flags as a bit string without trailing zero bits (X.690, 11.2.2). */
export function flagString(...bits: readonly number[]): Uint8Array {
  const last = Math.max(-1, ...bits)
  const bytes = new Uint8Array((last + 8) >> 3)
  for (const bit of bits) bytes[bit >> 3]! |= 0x80 >> (bit & 7)
  return der(TAG.bitString, Uint8Array.of(last < 0 ? 0 : 7 - (last & 7)), bytes)
}

export function utf8String(text: string): Uint8Array {
  return der(TAG.utf8String, Buffer.from(text))
}

export const NULL: Uint8Array = der(TAG.null)

/** UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, section 4.1.2.5). */
export function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050
    ? der(TAG.utcTime, Buffer.from(digits.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(digits))
}

function writeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}
