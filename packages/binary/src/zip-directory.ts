import { ByteReader, UserError } from '@firn/core'
import { damaged, type ZipSource } from './zip-source.ts'

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
  /** A packed member that is an archive itself, and goes to the disk, in bytes. */
  readonly nested: number
  readonly entries: number
}

export const STORED = 0
const DEFLATED = 8
const MAX32 = 0xffffffff
const MAX16 = 0xffff

/** The members by the central directory at the end of the archive, in its order. */
export function readDirectory(source: ZipSource, limits: ZipLimits): readonly ZipEntry[] {
  const directory = findDirectory(source)
  if (directory.count > limits.entries) {
    throw new UserError(`zip: ${directory.count} members, the limit is ${limits.entries}`, 'this archive is not read')
  }
  const reader = new ByteReader(Buffer.from(source.read(directory.offset, directory.size)), 'zip')
  const entries: UnboundedEntry[] = []
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

type UnboundedEntry = Omit<ZipEntry, 'limit'> & { limit: number }

function readEntry(reader: ByteReader): UnboundedEntry {
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

function bounded(entries: UnboundedEntry[], end: number, limits: ZipLimits): readonly ZipEntry[] {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (total > limits.total) {
    throw new UserError(`zip: ${total} bytes unpacked, the limit is ${limits.total}`, 'this archive is not read')
  }
  const names = new Set<string>()
  for (const entry of entries) {
    if (names.has(entry.name)) damaged(`two members are named ${entry.name}`)
    names.add(entry.name)
  }
  let limit = end
  for (const entry of entries.toSorted((a, b) => b.offset - a.offset)) {
    if (entry.offset + 30 + entry.compressedSize > limit) damaged(`${entry.name} overlaps what follows it`)
    entry.limit = limit
    limit = entry.offset
  }
  return entries
}
