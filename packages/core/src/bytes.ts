import { UserError } from './error.ts'

/**
 * A cursor over bytes that never reads past the end: each step checks first, and what does not fit is a UserError
 * that gives the format, the offset and what was wanted. Integers are little-endian.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly format: string
  offset: number
  readonly #view: DataView

  constructor(bytes: Uint8Array, format: string, offset = 0) {
    this.bytes = bytes
    this.format = format
    this.offset = offset
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.bytes.length - this.offset
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#take(1, what))
  }

  u16(what: string): number {
    return this.#view.getUint16(this.#take(2, what), true)
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#take(4, what), true)
  }

  /** A 64-bit length or count. More than 2^53 is no length that any file has, so it is refused. */
  u64(what: string): number {
    const at = this.#take(8, what)
    const value = this.#view.getBigUint64(at, true)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.fail(`${what} is ${value}, which no file reaches`, at)
    return Number(value)
  }

  /** A view, not a copy, of the next `length` bytes. */
  take(length: number, what: string): Uint8Array {
    const at = this.#take(length, what)
    return this.bytes.subarray(at, at + length)
  }

  skip(length: number, what: string): void {
    this.#take(length, what)
  }

  fail(message: string, at = this.offset): never {
    throw new UserError(
      `${this.format}: at byte ${at}: ${message}`,
      'the file is damaged or of another kind: fetch it again',
    )
  }

  #take(length: number, what: string): number {
    const at = this.offset
    if (length < 0 || length > this.bytes.length - at) {
      this.fail(`${what} needs ${length} bytes, ${this.bytes.length - at} are left`)
    }
    this.offset = at + length
    return at
  }
}
