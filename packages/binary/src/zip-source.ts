import { type ByteSource, UserError } from '@firn/core'

/** Where the bytes of an archive lie; `read` returns exactly `length` bytes. What the archive asks too much is its fault. */
export interface ZipSource {
  readonly size: number
  read(offset: number, length: number): Buffer
  close(): void
}

const WINDOW = 1 << 20

/** Members lie one after another, so a window of a megabyte saves most of the reads. */
export function windowed(source: ByteSource): ZipSource {
  const { size } = source
  let window: Buffer = Buffer.alloc(0)
  let start = 0
  return {
    size,
    read: (offset, length) => {
      checkRange(offset, length, size)
      if (offset < start || offset + length > start + window.length) {
        const bytes = source.read(offset, Math.min(Math.max(length, WINDOW), size - offset))
        window = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        start = offset
      }
      return window.subarray(offset - start, offset - start + length)
    },
    close: () => source.close(),
  }
}

/** An archive that lies within another, as it is. */
export function section(source: ZipSource, start: number, size: number): ZipSource {
  return {
    size,
    read: (offset, length) => {
      checkRange(offset, length, size)
      return source.read(start + offset, length)
    },
    close: () => {},
  }
}

function checkRange(offset: number, length: number, size: number): void {
  if (offset < 0 || length < 0 || offset + length > size) {
    damaged(`bytes ${offset} to ${offset + length} are wanted, the file has ${size}`)
  }
}

export const DAMAGED = 'the file is damaged or was not downloaded whole: fetch it again'

export function damaged(message: string): never {
  throw new UserError(`zip: ${message}`, DAMAGED)
}
