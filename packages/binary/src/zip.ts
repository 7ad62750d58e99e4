import { randomBytes } from 'node:crypto'
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import type { ByteSource } from '@firn/core'
import { ByteReader, UserError } from '@firn/core'
import { bytesSource, descriptorSource, diskError, fileSource } from '@firn/core/fs'
import { readDirectory, STORED, type ZipEntry, type ZipLimits } from './zip-directory.ts'
import { DAMAGED, damaged, section, windowed, type ZipSource } from './zip-source.ts'

const LIMITS: ZipLimits = { member: 256 * 2 ** 20, total: 64 * 2 ** 30, nested: 4 * 2 ** 30, entries: 4_000_000 }
const CHUNK = 1 << 20

/**
 * A ZIP archive (PKWARE APPNOTE 6.3.10) read at random through its central directory: stored and deflated members,
 * ZIP64. Refused, as UserError: encryption, other methods, names that leave the folder, members that overlap or share
 * a name, contents that differ from their size or CRC-32, and more than `limits`.
 */
export class ZipArchive {
  readonly entries: readonly ZipEntry[]
  readonly #source: ZipSource
  readonly #limits: ZipLimits

  constructor(source: ZipSource, limits: Partial<ZipLimits> = {}) {
    this.#source = source
    this.#limits = { ...LIMITS, ...limits }
    this.entries = readDirectory(source, this.#limits)
  }

  static fromBuffer(bytes: Uint8Array, limits?: Partial<ZipLimits>): ZipArchive {
    return new ZipArchive(windowed(bytesSource(bytes)), limits)
  }

  /** Opens the file for reading; `close` gives it back. */
  static open(path: string, limits?: Partial<ZipLimits>): ZipArchive {
    return opened(fileSource(path), limits)
  }

  close(): void {
    this.#source.close()
  }

  /** The content of a member, size and CRC-32 checked. A copy of its own. */
  read(entry: ZipEntry): Buffer {
    if (Math.max(entry.size, entry.compressedSize) > this.#limits.member) tooLarge(entry, this.#limits.member)
    const packed = this.#source.read(this.#contentStart(entry), entry.compressedSize)
    const content = entry.method === STORED ? Buffer.from(packed) : inflate(entry, packed)
    checkContent(entry, content.length, crc32(content))
    return content
  }

  /** The content of a member in pieces, for those too large to hold. The last check (size, CRC-32) comes at the end. */
  async *chunks(entry: ZipEntry): AsyncGenerator<Buffer> {
    const pieces = this.#packedChunks(entry)
    let size = 0
    let crc = 0
    for await (const piece of entry.method === STORED ? pieces : inflateChunks(entry, pieces)) {
      size += piece.length
      if (size > entry.size) checkContent(entry, size, crc)
      crc = crc32(piece, crc)
      yield piece
    }
    checkContent(entry, size, crc)
  }

  /**
   * A member that is an archive itself. A stored one is read in place; a deflated one goes to a temporary file that
   * has no name any more when this returns, so nothing is left behind however the process ends.
   */
  async nested(entry: ZipEntry): Promise<ZipArchive> {
    if (entry.method === STORED) {
      const start = this.#contentStart(entry)
      return new ZipArchive(section(this.#source, start, entry.compressedSize), this.#limits)
    }
    if (entry.size > this.#limits.nested) tooLarge(entry, this.#limits.nested)
    const file = openUnnamed()
    try {
      for await (const piece of this.chunks(entry)) {
        for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done)
      }
    } catch (error) {
      closeSync(file)
      throw diskError(tmpdir(), error)
    }
    return opened(descriptorSource(file, entry.name), this.#limits)
  }

  *#packedChunks(entry: ZipEntry): Generator<Buffer> {
    const start = this.#contentStart(entry)
    for (let done = 0; done < entry.compressedSize; done += CHUNK) {
      yield Buffer.from(this.#source.read(start + done, Math.min(CHUNK, entry.compressedSize - done)))
    }
  }

  /** The local header repeats the names; its length decides where the content begins. */
  #contentStart(entry: ZipEntry): number {
    const header = new ByteReader(this.#source.read(entry.offset, 30), 'zip')
    if (header.u32('local header') !== 0x04034b50) damaged(`no local header of ${entry.name} at byte ${entry.offset}`)
    header.skip(22, 'local header')
    const start = entry.offset + 30 + header.u16('name length') + header.u16('extra length')
    if (start + entry.compressedSize > entry.limit) damaged(`${entry.name} overlaps what follows it`)
    return start
  }
}

function tooLarge(entry: ZipEntry, limit: number): never {
  throw new UserError(
    `zip: ${entry.name} has ${entry.size} bytes unpacked, the limit is ${limit}`,
    'an archive like this is not read: it would fill the memory or the disk',
  )
}

function inflate(entry: ZipEntry, packed: Buffer): Buffer {
  try {
    // One byte of room for an empty member: zlib wants a limit of at least one.
    return inflateRawSync(packed, { maxOutputLength: Math.max(entry.size, 1) })
  } catch (error) {
    throw inflateError(entry, error)
  }
}

async function* inflateChunks(entry: ZipEntry, pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ chunkSize: CHUNK })
  const feed = feedInto(inflater, pieces)
  try {
    for await (const piece of inflater) yield piece as Buffer
    await feed
  } catch (error) {
    throw error instanceof UserError ? error : inflateError(entry, error)
  } finally {
    inflater.destroy()
    await feed.catch(() => {})
  }
}

async function feedInto(inflater: ReturnType<typeof createInflateRaw>, pieces: Iterable<Buffer>): Promise<void> {
  try {
    for (const piece of pieces) {
      if (inflater.destroyed) return
      if (!inflater.write(piece)) await drained(inflater)
    }
    inflater.end()
  } catch (error) {
    inflater.destroy(error as Error)
  }
}

function drained(inflater: ReturnType<typeof createInflateRaw>): Promise<void> {
  return new Promise((resolve) => {
    inflater.once('drain', resolve)
    inflater.once('close', resolve)
  })
}

function inflateError(entry: ZipEntry, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code
  const why = code === 'ERR_BUFFER_TOO_LARGE' ? `is larger than the ${entry.size} bytes it declares` : 'is damaged'
  return new UserError(`zip: ${entry.name} ${why}`, DAMAGED, 2, { cause: error })
}

function checkContent(entry: ZipEntry, size: number, crc: number): void {
  if (size !== entry.size) damaged(`${entry.name} has ${size} bytes, ${entry.size} were declared`)
  if (crc !== entry.crc32) damaged(`the checksum (CRC-32) of ${entry.name} is wrong`)
}

function opened(source: ByteSource, limits?: Partial<ZipLimits>): ZipArchive {
  try {
    return new ZipArchive(windowed(source), limits)
  } catch (error) {
    source.close()
    throw error
  }
}

function openUnnamed(): number {
  const path = join(tmpdir(), `firn-${randomBytes(8).toString('hex')}`)
  try {
    const file = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return file
  } catch (error) {
    throw diskError(path, error)
  }
}
