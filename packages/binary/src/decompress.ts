import { Readable } from 'node:stream'
import { brotliDecompressSync, constants, createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib'
import { peek, UserError } from '@firn/core'
import { type ProgramCompression, unpackByProgram } from './unpack-program.ts'

export type Compression = 'gzip' | 'brotli' | 'zstd' | ProgramCompression

/**
 * What `first` (the first bytes of a file, some kilobytes are best) is compressed with; undefined: not at all. gzip
 * (RFC 1952), zstd (RFC 8878), xz (its file format 1.2) and bzip2 have magic numbers. Brotli (RFC 7932) has none: it is
 * what the name says with `.br`, else what a trial unpacks to text.
 */
export function compressionOf(first: Uint8Array, name = ''): Compression | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip'
  if (first[0] === 0x28 && first[1] === 0xb5 && first[2] === 0x2f && first[3] === 0xfd) return 'zstd'
  if (startsWith(first, XZ)) return 'xz'
  if (startsWith(first, BZIP2)) return 'bzip2'
  if (looksLikeText(first)) return undefined
  return name.endsWith('.br') || unpacksAsBrotli(first) ? 'brotli' : undefined
}

/**
 * The plain bytes of `source`, in pieces, whatever of these it is packed with, or none. Damaged or cut-off data, more
 * than `limit` bytes, and a program (xz, bzip2) that it takes and is not there, are a UserError.
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
  let size = 0
  for await (const piece of unpack(compression, all)) {
    size += piece.length
    if (size > limit) {
      throw new UserError(`${compression}: more than ${limit} bytes unpacked`, 'this file is not read any further')
    }
    yield piece
  }
}

function unpack(compression: Compression, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (compression === 'xz' || compression === 'bzip2') return unpackByProgram(compression, packed)
  return unpackByNode(compression, packed)
}

async function* unpackByNode(
  compression: NodeCompression,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const input = Readable.from(packed, { objectMode: false })
  const unpacker = DECODERS[compression]()
  input.once('error', (error) => unpacker.destroy(error))
  try {
    for await (const piece of input.pipe(unpacker)) yield piece as Uint8Array
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
  if (compression === 'xz' || compression === 'bzip2') return startByProgram(compression, start, size)
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

async function startByProgram(compression: ProgramCompression, start: Uint8Array, size: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of unpackByProgram(compression, Readable.from([start]))) {
      parts.push(part)
      length += part.length
      if (length >= size) break
    }
  } catch (error) {
    // The cut is no news to us; that the program cannot be started is.
    if (!(error instanceof UserError) || error.cause !== undefined) throw error
  }
  return Buffer.concat(parts)
}

type NodeCompression = Exclude<Compression, ProgramCompression>

const XZ = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
/** `BZh`, the size of its blocks; `1AY&SY` begins the first block. */
const BZIP2 = [0x42, 0x5a, 0x68, undefined, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]

function startsWith(bytes: Uint8Array, magic: readonly (number | undefined)[]): boolean {
  return magic.every((byte, i) => byte === undefined || bytes[i] === byte)
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
