import { ByteReader, UserError } from '@firn/core'
import { crc32c } from './crc32c.ts'
import { readUuid, writeUuid } from './uuid.ts'

// EROFS on disk (Linux, fs/erofs/erofs_fs.h; Documentation/filesystems/erofs.rst).

export const BLOCK = 4096
const LOG_BLOCK = 12
/** The first kilobyte is left to boot sectors. */
export const SUPER_OFFSET = 1024
export const SUPER_SIZE = 128
/** Inodes lie on multiples of this, and are numbered by it. */
export const SLOT = 32
export const COMPACT = 32
export const EXTENDED = 64
/** A directory's entry without its name. */
export const DIRENT = 12

const MAGIC = 0xe0f5_e1e2
/** Compatible features: the superblock has a checksum; times are of modification. */
const CHECKSUM = 1
const MTIME = 2
/** Incompatible feature: files may be made of chunks. */
const CHUNKED = 4

/** How a file's bytes lie: in blocks; in blocks but for the tail, behind the inode; in chunks. */
export const PLAIN = 0
export const INLINE = 2
export const CHUNKS = 4
/** In place of a chunk's block address: zeros. */
export const HOLE = 0xffff_ffff

const KIND_MODE = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const
/** File types of directory entries. */
export const KIND_TYPE = { file: 1, directory: 2, symlink: 7 } as const
export type Kind = keyof typeof KIND_MODE

export interface ErofsSuperblock {
  readonly rootNid: number
  readonly inodes: number
  /** Seconds since 1970: the time of all compact inodes. */
  readonly time: number
  readonly blocks: number
  /** Block from which inodes are numbered. */
  readonly metaBlock: number
  readonly uuid: string
  readonly label: string
}

export interface ErofsInode {
  readonly kind: Kind
  /** Permission bits. */
  readonly mode: number
  readonly links: number
  readonly size: number
  readonly layout: number
  /** First block of the contents, or how chunks are kept. */
  readonly place: number
  readonly number: number
  readonly uid: number
  readonly gid: number
  /** Seconds since 1970; undefined: that of the image. */
  readonly time?: number | undefined
  /** Bytes of the inode itself, and of its attributes behind it. */
  readonly inodeSize: number
  readonly xattrSize: number
}

/** The superblock; `rest` is what follows it up to the end of the first block, which its checksum covers. */
export function superblockBytes(words: ErofsSuperblock, rest: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(SUPER_SIZE)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt32LE(CHECKSUM | MTIME, 8)
  bytes[12] = LOG_BLOCK
  bytes.writeUInt16LE(words.rootNid, 14)
  bytes.writeBigUInt64LE(BigInt(words.inodes), 16)
  bytes.writeBigUInt64LE(BigInt(words.time), 24)
  bytes.writeUInt32LE(words.blocks, 36)
  bytes.writeUInt32LE(words.metaBlock, 40)
  bytes.set(writeUuid(words.uuid), 48)
  const label = Buffer.from(words.label)
  if (label.length > 16) throw new UserError(`label ${words.label}: ${label.length} bytes`, 'erofs has room for 16')
  bytes.set(label, 64)
  bytes.writeUInt32LE(CHUNKED, 80)
  bytes.writeUInt32LE(crc32c(Buffer.concat([bytes, rest])), 4)
  return bytes
}

/** `first`: the first block of the image. What we cannot read (compression, other block sizes) is a UserError. */
export function parseSuperblock(first: Uint8Array): ErofsSuperblock {
  const reader = new ByteReader(first, 'erofs', SUPER_OFFSET)
  if (reader.u32('magic') !== MAGIC)
    throw new UserError('not an erofs image', 'give a file that firn or mkfs.erofs made')
  const checksum = reader.u32('checksum')
  const compatible = reader.u32('features')
  const logBlock = reader.u8('block size')
  if (logBlock !== LOG_BLOCK) reader.fail(`blocks of 2^${logBlock} bytes: only those of 4096 are read`)
  if ((compatible & CHECKSUM) !== 0) {
    const covered = Uint8Array.prototype.slice.call(first, SUPER_OFFSET)
    covered.fill(0, 4, 8)
    if (crc32c(covered) !== checksum) reader.fail('the checksum of the superblock is wrong')
  }
  reader.skip(1, 'slots')
  const rootNid = reader.u16('root')
  const inodes = reader.u64('inodes')
  const time = reader.u64('time')
  reader.skip(4, 'nanoseconds')
  const blocks = reader.u32('blocks')
  const metaBlock = reader.u32('metadata')
  reader.skip(4, 'shared attributes')
  const uuid = readUuid(reader.take(16, 'UUID'))
  const label = Buffer.from(reader.take(16, 'label')).toString('utf8').replace(/\0.*$/s, '')
  const incompatible = reader.u32('features')
  if ((incompatible & ~CHUNKED) !== 0)
    reader.fail(`features ${incompatible.toString(16)} (compression, say) are not read`)
  return { rootNid, inodes, time, blocks, metaBlock, uuid, label }
}

/** An inode without what follows it: compact if that has room for it and `time` is the image's. */
export function inodeBytes(inode: ErofsInode): Uint8Array {
  const bytes = Buffer.alloc(inode.inodeSize)
  const isExtended = inode.inodeSize === EXTENDED
  bytes.writeUInt16LE((isExtended ? 1 : 0) | (inode.layout << 1), 0)
  bytes.writeUInt16LE(inode.xattrSize === 0 ? 0 : (inode.xattrSize - XATTR_HEADER) / 4 + 1, 2)
  bytes.writeUInt16LE(KIND_MODE[inode.kind] | inode.mode, 4)
  bytes.writeUInt32LE(inode.place, 16)
  bytes.writeUInt32LE(inode.number, 20)
  if (isExtended) {
    bytes.writeBigUInt64LE(BigInt(inode.size), 8)
    bytes.writeUInt32LE(inode.uid, 24)
    bytes.writeUInt32LE(inode.gid, 28)
    bytes.writeBigUInt64LE(BigInt(inode.time ?? 0), 32)
    bytes.writeUInt32LE(inode.links, 44)
  } else {
    bytes.writeUInt16LE(inode.links, 6)
    bytes.writeUInt32LE(inode.size, 8)
    bytes.writeUInt16LE(inode.uid, 24)
    bytes.writeUInt16LE(inode.gid, 26)
  }
  return bytes
}

export const XATTR_HEADER = 12
const KIND_OF_MODE = new Map<number, Kind>(Object.entries(KIND_MODE).map(([kind, mode]) => [mode, kind as Kind]))

/** The inode at the reader's place. Devices, pipes, sockets and compressed files are refused. */
export function parseInode(reader: ByteReader): ErofsInode {
  const at = reader.offset
  const format = reader.u16('inode')
  const layout = (format >> 1) & 7
  if (format >> 4 !== 0 || ![PLAIN, INLINE, CHUNKS].includes(layout)) reader.fail(`an inode of format ${format}`, at)
  const count = reader.u16('attributes')
  const xattrSize = count === 0 ? 0 : XATTR_HEADER + (count - 1) * 4
  const fullMode = reader.u16('mode')
  const kind = KIND_OF_MODE.get(fullMode & 0o170000)
  if (kind === undefined) reader.fail(`mode ${fullMode.toString(8)}: neither file, directory nor link`, at)
  const common = { kind, mode: fullMode & 0o7777, layout, xattrSize }
  if ((format & 1) === 0) {
    const links = reader.u16('links')
    const size = reader.u32('size')
    reader.skip(4, 'reserved')
    const place = reader.u32('place')
    const number = reader.u32('number')
    const uid = reader.u16('owner')
    const gid = reader.u16('group')
    reader.skip(4, 'reserved')
    return { ...common, links, size, place, number, uid, gid, inodeSize: COMPACT }
  }
  reader.skip(2, 'reserved')
  const size = reader.u64('size')
  const place = reader.u32('place')
  const number = reader.u32('number')
  const uid = reader.u32('owner')
  const gid = reader.u32('group')
  const time = reader.u64('time')
  reader.skip(4, 'nanoseconds')
  const links = reader.u32('links')
  reader.skip(16, 'reserved')
  return { ...common, links, size, place, number, uid, gid, time, inodeSize: EXTENDED }
}
