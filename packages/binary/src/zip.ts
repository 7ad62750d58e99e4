import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import { ByteReader, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'

/** Where the bytes of an archive lie; `read` returns exactly `length` bytes, valid until the next call. */
export interface ZipSource {
  readonly size: number
  read(offset: number, length: number): Buffer
  close(): void
}

export interface ZipEntry {
  readonly name: string
  /** Bytes of the content, as the directory says; checked when it is read. */
  readonly size: number
  readonly compressedSize: number
  readonly crc32: number
  readonly method: typeof STORED | typeof DEFLATED
  readonly isFolder: boolean
  readonly offset: number
  /** Where the next entry, or the directory, begins: the content must end before. */
  readonly limit: number
}

export interface ZipLimits {
  /** The largest member that `read` gives as one piece, in bytes. */
  readonly member: number
  /** All members together, in bytes. */
  readonly total: number
  readonly entries: number
}

export const STORED = 0
export const DEFLATED = 8
const LIMITS: ZipLimits = { member: 256 * 2 ** 20, total: 64 * 2 ** 30, entries: 4_000_000 }
const MAX32 = 0xffffffff
const MAX16 = 0xffff
const CHUNK = 1 << 20
const DAMAGED = 'the file is damaged or was not downloaded whole: fetch it again'

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
    return new ZipArchive(bufferSource(bytes), limits)
  }

  /** Opens the file for reading; `close` gives it back. */
  static open(path: string, limits?: Partial<ZipLimits>): ZipArchive {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch (error) {
      throw diskError(path, error)
    }
    return fromFile(file, limits)
  }

  close(): void {
    this.#source.close()
  }

  /** The content of a member, size and CRC-32 checked. A copy of its own. */
  read(entry: ZipEntry): Buffer {
    if (entry.size > this.#limits.member) {
      throw new UserError(
        `${entry.name}: ${entry.size} bytes unpacked, more than the limit of ${this.#limits.member}`,
        'an archive like this is not read: it would fill the memory',
      )
    }
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
    const file = openUnnamed()
    try {
      for await (const piece of this.chunks(entry)) {
        for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done)
      }
    } catch (error) {
      closeSync(file)
      throw diskError(tmpdir(), error)
    }
    return fromFile(file, this.#limits)
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

function readDirectory(source: ZipSource, limits: ZipLimits): ZipEntry[] {
  const directory = findDirectory(source)
  if (directory.count > limits.entries) {
    throw new UserError(`zip: ${directory.count} members, the limit is ${limits.entries}`, 'this archive is not read')
  }
  const reader = new ByteReader(Buffer.from(source.read(directory.offset, directory.size)), 'zip')
  const entries: ZipEntry[] = []
  for (let i = 0; i < directory.count; i++) entries.push(readEntry(reader))
  return bounded(entries, directory.offset, limits)
}

interface Directory {
  readonly offset: number
  readonly size: number
  readonly count: number
}

function findDirectory(source: ZipSource): Directory {
  const length = Math.min(source.size, 22 + MAX16)
  const start = source.size - length
  const tail = Buffer.from(source.read(start, length))
  const at = findEnd(tail)
  if (at === -1) {
    const isZip = source.size >= 4 && source.read(0, 4).readUInt32LE(0) === 0x04034b50
    if (isZip) damaged('the central directory at the end is missing (a download that stopped?)')
    throw new UserError('not a zip archive', 'check that this is the right file')
  }
  const end = new ByteReader(tail, 'zip', at + 4)
  const disks = [end.u16('disk'), end.u16('disk')]
  end.skip(2, 'entries on this disk')
  let directory = { count: end.u16('entries'), size: end.u32('directory size'), offset: end.u32('directory offset') }
  let limit = start + at
  if (directory.count === MAX16 || directory.size === MAX32 || directory.offset === MAX32) {
    const wide = readZip64End(source, limit)
    if (wide !== undefined) ({ directory, limit } = wide)
  } else if (disks.some((disk) => disk !== 0)) {
    throw new UserError('zip: this is one part of a split archive', 'give the whole archive in one file')
  }
  if (directory.offset + directory.size > limit) damaged('the central directory does not fit the file')
  if (directory.count * 46 > directory.size) damaged(`${directory.count} members do not fit the central directory`)
  return directory
}

/** The end record is the last one whose comment ends with the file. */
function findEnd(tail: Buffer): number {
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) === 0x06054b50 && at + 22 + tail.readUInt16LE(at + 20) === tail.length) return at
  }
  return -1
}

function readZip64End(source: ZipSource, end: number): { directory: Directory; limit: number } | undefined {
  if (end < 20) return undefined
  const locator = new ByteReader(Buffer.from(source.read(end - 20, 20)), 'zip64')
  if (locator.u32('locator') !== 0x07064b50) return undefined
  locator.skip(4, 'disk')
  const at = locator.u64('end record offset')
  if (at + 56 > end) damaged('the ZIP64 end record does not fit the file')
  const record = new ByteReader(Buffer.from(source.read(at, 56)), 'zip64')
  if (record.u32('end record') !== 0x06064b50) damaged('no ZIP64 end record where the locator points')
  record.skip(28, 'end record')
  const count = record.u64('entries')
  return {
    directory: { count, size: record.u64('directory size'), offset: record.u64('directory offset') },
    limit: at,
  }
}

function readEntry(reader: ByteReader): ZipEntry {
  if (reader.u32('directory entry') !== 0x02014b50) reader.fail('no entry of the central directory', reader.offset - 4)
  reader.skip(4, 'versions')
  const flags = reader.u16('flags')
  const method = reader.u16('method')
  reader.skip(4, 'time')
  const crc = reader.u32('crc')
  const short = [reader.u32('compressed size'), reader.u32('size')]
  const lengths = [reader.u16('name length'), reader.u16('extra length'), reader.u16('comment length')]
  reader.skip(8, 'attributes')
  const shortOffset = reader.u32('offset')
  const name = checkedName(reader.take(lengths[0]!, 'name'))
  const extra = reader.take(lengths[1]!, 'extra')
  reader.skip(lengths[2]!, 'comment')
  if (flags & 1) throw new UserError(`zip: ${name} is encrypted`, 'unpack it with its password first')
  if (method !== STORED && method !== DEFLATED) {
    throw new UserError(`zip: ${name} is packed by method ${method}`, 'pack it again with deflate')
  }
  const wide = wideFields(extra, [short[1]!, short[0]!, shortOffset])
  const [size, compressedSize, offset] = wide as [number, number, number]
  if (method === STORED && size !== compressedSize) damaged(`${name} is stored, yet its two sizes differ`)
  return { name, size, compressedSize, crc32: crc, method, isFolder: name.endsWith('/'), offset, limit: 0 }
}

/** ZIP64 keeps, in this order, those of (size, compressed size, offset) that are all ones in the short fields. */
function wideFields(extra: Uint8Array, fields: number[]): number[] {
  if (!fields.includes(MAX32)) return fields
  const reader = new ByteReader(extra, 'zip64')
  while (reader.remaining >= 4) {
    const id = reader.u16('extra id')
    const body = reader.take(reader.u16('extra length'), 'extra field')
    if (id !== 1) continue
    const wide = new ByteReader(body, 'zip64')
    return fields.map((field) => (field === MAX32 ? wide.u64('wide field') : field))
  }
  return fields
}

function checkedName(bytes: Uint8Array): string {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  const unsafe =
    name === '' || name.includes('\0') || name.includes('\\') || name.startsWith('/') || /^[A-Za-z]:/.test(name)
  if (unsafe || /(^|\/)\.\.(\/|$)/.test(name)) {
    throw new UserError(
      `zip: the member name ${JSON.stringify(name)} leaves the archive's folder`,
      'this archive was made to do harm or by a broken program: do not use it',
    )
  }
  return name
}

function bounded(entries: ZipEntry[], end: number, limits: ZipLimits): ZipEntry[] {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (total > limits.total) {
    throw new UserError(`zip: ${total} bytes unpacked, the limit is ${limits.total}`, 'this archive is not read')
  }
  const names = new Set<string>()
  for (const entry of entries) {
    if (names.has(entry.name)) damaged(`two members are named ${entry.name}`)
    names.add(entry.name)
  }
  const limitOf = new Map<ZipEntry, number>()
  let limit = end
  for (const entry of entries.toSorted((a, b) => b.offset - a.offset)) {
    if (entry.offset + 30 + entry.compressedSize > limit) damaged(`${entry.name} overlaps what follows it`)
    limitOf.set(entry, limit)
    limit = entry.offset
  }
  return entries.map((entry) => ({ ...entry, limit: limitOf.get(entry)! }))
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

function damaged(message: string): never {
  throw new UserError(`zip: ${message}`, DAMAGED)
}

function bufferSource(bytes: Uint8Array): ZipSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    size: buffer.length,
    read: (offset, length) => {
      checkRange(offset, length, buffer.length)
      return buffer.subarray(offset, offset + length)
    },
    close: () => {},
  }
}

/** Members lie one after another, so a window of a megabyte saves most of the reads. */
function fileSource(file: number): ZipSource {
  const { size } = fstatSync(file)
  let window: Buffer = Buffer.alloc(0)
  let windowStart = 0
  return {
    size,
    read: (offset, length) => {
      checkRange(offset, length, size)
      if (offset < windowStart || offset + length > windowStart + window.length) {
        window = readExactly(file, offset, Math.min(Math.max(length, CHUNK), size - offset))
        windowStart = offset
      }
      return window.subarray(offset - windowStart, offset - windowStart + length)
    },
    close: () => closeSync(file),
  }
}

function section(source: ZipSource, start: number, size: number): ZipSource {
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

function readExactly(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let done = 0; done < length; ) {
    const got = readSync(file, bytes, done, length - done, offset + done)
    if (got === 0) damaged('the file became shorter while it was read')
    done += got
  }
  return bytes
}

function fromFile(file: number, limits?: Partial<ZipLimits>): ZipArchive {
  try {
    return new ZipArchive(fileSource(file), limits)
  } catch (error) {
    closeSync(file)
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
