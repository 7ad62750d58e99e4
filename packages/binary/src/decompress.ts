import { Readable } from 'node:stream'
import { brotliDecompressSync, constants, createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib'
import { peek, UserError } from '@firn/core'

export type Compression = 'gzip' | 'brotli' | 'zstd'

/**
 * What `first` (the first bytes of a file, some kilobytes are best) is compressed with; undefined: not at all. gzip
 * (RFC 1952) and zstd (RFC 8878) have magic numbers. Brotli (RFC 7932) has none: it is what the name says with `.br`,
 * else what a trial unpacks to text.
 */
export function compressionOf(first: Uint8Array, name = ''): Compression | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip'
  if (first[0] === 0x28 && first[1] === 0xb5 && first[2] === 0x2f && first[3] === 0xfd) return 'zstd'
  if (looksLikeText(first)) return undefined
  return name.endsWith('.br') || unpacksAsBrotli(first) ? 'brotli' : undefined
}

/**
 * The plain bytes of `source`, in pieces, whatever of the three it is packed with, or none. Damaged or cut-off data,
 * and more than `limit` bytes, are a UserError.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name = '',
  limit = 16 * 2 ** 30,
): AsyncGenerator<Uint8Array> {
  const { first, all } = await peek(source, PEEK)
  const compression = compressionOf(first.subarray(0, PEEK), name)
  if (compression === undefined) {
    yield* all
    return
  }
  const input = Readable.from(all, { objectMode: false })
  const unpacker = DECODERS[compression]()
  input.once('error', (error) => unpacker.destroy(error))
  let size = 0
  try {
    for await (const piece of input.pipe(unpacker)) {
      size += (piece as Uint8Array).length
      if (size > limit) {
        throw new UserError(`${compression}: more than ${limit} bytes unpacked`, 'this file is not read any further')
      }
      yield piece as Uint8Array
    }
  } catch (error) {
    throw isZlibError(error) ? damaged(compression, error) : error
  } finally {
    input.destroy()
    unpacker.destroy()
  }
}

/**
 * Up to `size` plain bytes (a little more may come) from the start of a file that was cut off anywhere: to know what
 * it is. What does not unpack at all gives nothing.
 */
export function decompressStart(start: Uint8Array, size: number, name = ''): Promise<Buffer> {
  const compression = compressionOf(start, name)
  if (compression === undefined) return Promise.resolve(Buffer.from(start.subarray(0, size)))
  const unpacker = DECODERS[compression]()
  const parts: Uint8Array[] = []
  let length = 0
  return new Promise((resolve) => {
    const finish = () => {
      unpacker.destroy()
      resolve(Buffer.concat(parts))
    }
    unpacker.on('data', (part: Uint8Array) => {
      parts.push(part)
      length += part.length
      if (length >= size) finish()
    })
    // The cut is an error to the unpacker, and no news to us.
    unpacker.once('error', finish)
    unpacker.once('end', finish)
    unpacker.end(start)
  })
}

const DECODERS = { gzip: createGunzip, brotli: createBrotliDecompress, zstd: createZstdDecompress } as const
const PEEK = 4096

function unpacksAsBrotli(first: Uint8Array): boolean {
  if (first.length === 0) return false
  try {
    const options = { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: 1 << 22 }
    const plain = brotliDecompressSync(first.subarray(0, PEEK), options)
    return plain.length > 0 && looksLikeText(plain)
  } catch (error) {
    // It does unpack, to more than is needed to see.
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
  }
}

/** JSON, CSV and their like: no control characters but white space among the first bytes. */
function looksLikeText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 256)
  return head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) && isMostlyAscii(head)
}

function isMostlyAscii(head: Uint8Array): boolean {
  return head.reduce((count, byte) => count + (byte < 0x7f ? 1 : 0), 0) * 10 >= head.length * 6
}

function isZlibError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return typeof code === 'string' && /^(Z_|ERR_BROTLI|ERR__ERROR|ERR_ZSTD|ZSTD_|ERR_PADDING|ERR_TRAILING)/.test(code)
}

function damaged(compression: Compression, error: unknown): UserError {
  const why = (error as Error).message
  return new UserError(`${compression}: ${why}`, 'the file is damaged or was not downloaded whole: fetch it again', 2, {
    cause: error,
  })
}
