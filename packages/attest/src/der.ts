import { UserError } from '@firn/core'

/**
 * DER (X.690, section 10), as much of it as certificates and signatures use. One value is one identifier octet, a
 * length in its shortest form and that many bytes; nothing is decoded before it is asked for, so depth costs nothing.
 */
export interface DerValue {
  /** The identifier octet: class, constructed bit and number (below 31). */
  readonly tag: number
  readonly content: Uint8Array
  /** The whole value: tag, length and content, as it lies in the input. */
  readonly encoded: Uint8Array
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[n]`, constructed: what EXPLICIT tags and IMPLICIT tags of sequences look like. */
export const context = (n: number): number => 0xa0 | n
/** `[n]`, primitive: IMPLICIT tags of strings and numbers. */
export const contextPrimitive = (n: number): number => 0x80 | n

/**
 * A cursor over values that stand one after another: the content of a SEQUENCE, say. Each step says what it wants, and
 * what is not there is a UserError that names it.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  readonly #what: string
  #offset = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  get more(): boolean {
    return this.#offset < this.#bytes.length
  }

  /** The next value, of whatever tag. */
  any(what: string): DerValue {
    const { value, next } = readValue(this.#bytes, this.#offset, `${this.#what}: ${what}`)
    this.#offset = next
    return value
  }

  next(tag: number, what: string): DerValue {
    const value = this.any(what)
    if (value.tag !== tag) throw derError(`${this.#what}: ${what} has tag ${hex(value.tag)}, not ${hex(tag)}`)
    return value
  }

  /** The next value when it has this tag; otherwise nothing is read. */
  optional(tag: number, what: string): DerValue | undefined {
    return this.more && this.#bytes[this.#offset] === tag ? this.any(what) : undefined
  }

  /** The content of the next value, as a reader of its own. */
  enter(tag: number, what: string): DerReader {
    return new DerReader(this.next(tag, what).content, `${this.#what}: ${what}`)
  }

  /** Every value that is left. */
  rest(what: string): DerValue[] {
    const values: DerValue[] = []
    while (this.more) values.push(this.any(what))
    return values
  }

  end(): void {
    if (this.more) throw derError(`${this.#what}: ${this.#bytes.length - this.#offset} bytes too many`)
  }
}

/** The one value that `bytes` are; anything behind it is refused. */
export function parseDer(bytes: Uint8Array, what: string): DerValue {
  const { value, next } = readValue(bytes, 0, what)
  if (next !== bytes.length) throw derError(`${what}: ${bytes.length - next} bytes too many`)
  return value
}

/** The first value of `bytes`, and where it ends: signature tables pad with zeros. */
export function parseDerPrefix(bytes: Uint8Array, what: string): { value: DerValue; end: number } {
  const { value, next } = readValue(bytes, 0, what)
  return { value, end: next }
}

/** A reader over the content of a value of that tag. */
export function derReader(value: DerValue, tag: number, what: string): DerReader {
  if (value.tag !== tag) throw derError(`${what} has tag ${hex(value.tag)}, not ${hex(tag)}`)
  return new DerReader(value.content, what)
}

function readValue(bytes: Uint8Array, offset: number, what: string): { value: DerValue; next: number } {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined) throw derError(`${what} is missing or cut off`)
  if ((tag & 0x1f) === 0x1f) throw derError(`${what} has a tag of more than one byte`)
  let start = offset + 2
  let length = first
  if (first >= 0x80) {
    const count = first & 0x7f
    // The indefinite form (0x80) is BER. Four bytes hold any length a file here has.
    if (count === 0 || count > 4) throw derError(`${what} has a length that DER does not allow`)
    length = 0
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[start + i] ?? 0)
    start += count
    if (length < 0x80 || length < 256 ** (count - 1)) throw derError(`${what} has a length not in its shortest form`)
  }
  const next = start + length
  if (next > bytes.length)
    throw derError(`${what} is cut off: ${length} bytes, ${Math.max(0, bytes.length - start)} are left`)
  return { value: { tag, content: bytes.subarray(start, next), encoded: bytes.subarray(offset, next) }, next }
}

/** A whole number of any size. */
export function derInteger(value: DerValue, what: string): bigint {
  const { tag, content } = value
  if (tag !== TAG.integer && tag !== TAG.enumerated) throw derError(`${what} is not a number`)
  const [first, second] = content
  if (first === undefined) throw derError(`${what} is an empty number`)
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw derError(`${what} is a number not in its shortest form`)
  }
  // Serial numbers have 20 bytes, RSA moduli 1024; more only costs time.
  if (content.length > 2048) throw derError(`${what} is a number of ${content.length} bytes`)
  return BigInt.asIntN(content.length * 8, BigInt(`0x${Buffer.from(content).toString('hex')}`))
}

/** A number that counts something: from 0 to 2^31. */
export function derCount(value: DerValue, what: string): number {
  const number = derInteger(value, what)
  if (number < 0n || number > 0x7fffffffn) throw derError(`${what} is ${number}`)
  return Number(number)
}

export function derBoolean(value: DerValue, what: string): boolean {
  const [byte] = value.content
  if (value.tag !== TAG.boolean || value.content.length !== 1 || (byte !== 0 && byte !== 0xff)) {
    throw derError(`${what} is not a truth value`)
  }
  return byte === 0xff
}

/** An object identifier in dotted form. */
export function derOid(value: DerValue, what: string): string {
  const { tag, content } = value
  if (tag !== TAG.oid || content.length === 0 || content.length > 64)
    throw derError(`${what} is not an object identifier`)
  const parts: bigint[] = []
  let part = 0n
  let fresh = true
  for (const byte of content) {
    if (fresh && byte === 0x80) throw derError(`${what} is an object identifier not in its shortest form`)
    part = (part << 7n) | BigInt(byte & 0x7f)
    fresh = byte < 0x80
    if (fresh) {
      parts.push(part)
      part = 0n
    }
  }
  if (!fresh) throw derError(`${what} is an object identifier that is cut off`)
  const [first, ...others] = parts as [bigint, ...bigint[]]
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n
  return [root, first - root * 40n, ...others].join('.')
}

/** The bytes of a bit string whose length is whole bytes (signatures and keys are). */
export function derBits(value: DerValue, what: string): Uint8Array {
  if (value.tag !== TAG.bitString || value.content[0] !== 0) throw derError(`${what} is not a string of whole bytes`)
  return value.content.subarray(1)
}

/** A bit string of flags: bit 0 is the first. Not more than 32 are looked at. */
export function derFlags(value: DerValue, what: string): (bit: number) => boolean {
  const [unused, ...bytes] = value.content.subarray(0, 5)
  if (value.tag !== TAG.bitString || unused === undefined || unused > 7) throw derError(`${what} is not a bit string`)
  return (bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0
}

/** A text of any of the string types, for showing and comparing. */
export function derText(value: DerValue, what: string): string {
  const bytes = Buffer.from(value.content.buffer, value.content.byteOffset, value.content.length)
  switch (value.tag) {
    case TAG.utf8String:
      return bytes.toString('utf8')
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.visibleString:
    case TAG.t61String:
      return bytes.toString('latin1')
    case TAG.bmpString:
      return Buffer.from(bytes.subarray(0, bytes.length & ~1))
        .swap16()
        .toString('utf16le')
    default:
      throw derError(`${what} has tag ${hex(value.tag)}, which is no text`)
  }
}

/** UTCTime or GeneralizedTime, in UTC to the second (RFC 5280, section 4.1.2.5; fractions as RFC 3161 allows). */
export function derTime(value: DerValue, what: string): Date {
  const text = Buffer.from(value.content.subarray(0, 32)).toString('latin1')
  const parts = (
    value.tag === TAG.utcTime
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
      : /^(\d\d\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d{1,9})?Z$/
  ).exec(text)
  if (parts === null || (value.tag !== TAG.utcTime && value.tag !== TAG.generalizedTime)) {
    throw derError(`${what} is not a time in UTC`)
  }
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const full = value.tag === TAG.utcTime ? year + (year < 50 ? 2000 : 1900) : year
  const time = new Date(0)
  time.setUTCFullYear(full, month - 1, day)
  time.setUTCHours(hour, minute, second)
  if (time.getUTCMonth() !== month - 1 || time.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
    throw derError(`${what} is no time of any calendar: ${text}`)
  }
  return time
}

export function derError(message: string): UserError {
  return new UserError(message, 'the file is damaged, or not of the kind that is needed here')
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`
}
