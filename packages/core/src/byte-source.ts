/** Bytes that are read at random: a file too large to hold, or bytes in memory. Nothing past `size` can be read. */
export interface ByteSource {
  readonly size: number
  /** Exactly `length` bytes from `offset` on, for good. */
  read(offset: number, length: number): Uint8Array
  /** The bytes from `from` to before `to` in pieces; each is valid until the next is asked for. */
  chunks(from: number, to: number): Iterable<Uint8Array>
  close(): void
}
