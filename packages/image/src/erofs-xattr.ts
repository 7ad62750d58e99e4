import { ByteReader, UserError } from '@firn/core'
import { XATTR_HEADER } from './erofs-format.ts'
import type { Xattrs } from './tree.ts'

/** Names begin with one of these, which is kept as a number. */
const PREFIXES: readonly (readonly [index: number, prefix: string])[] = [
  [1, 'user.'],
  [2, 'system.posix_acl_access'],
  [3, 'system.posix_acl_default'],
  [4, 'trusted.'],
  [6, 'security.'],
]
/** Their count is kept in 16 bits, in units of four bytes. */
const MAX_SIZE = XATTR_HEADER + 0xfffe * 4

/** Attributes as they lie behind an inode, sorted by name; nothing when there are none. */
export function xattrBytes(xattrs: Xattrs | undefined): Uint8Array {
  if (xattrs === undefined || xattrs.size === 0) return new Uint8Array()
  const names = [...xattrs.keys()].sort()
  const parts = [Buffer.alloc(XATTR_HEADER), ...names.map((name) => entryBytes(name, xattrs.get(name)!))]
  const bytes = Buffer.concat(parts)
  if (bytes.length > MAX_SIZE) throw unfit(names[0]!, `${bytes.length} bytes of attributes on one file`)
  return bytes
}

function entryBytes(name: string, value: Uint8Array): Buffer {
  const [index, prefix] = PREFIXES.find(([, start]) => name.startsWith(start)) ?? []
  if (index === undefined || prefix === undefined) throw unfit(name, 'a name that erofs has no number for')
  const rest = Buffer.from(name.slice(prefix.length), 'latin1')
  if (rest.length > 255 || value.length > 0xffff) throw unfit(name, 'too long')
  const bytes = Buffer.alloc(padded(4 + rest.length + value.length))
  bytes.set([rest.length, index])
  bytes.writeUInt16LE(value.length, 2)
  bytes.set(rest, 4)
  bytes.set(value, 4 + rest.length)
  return bytes
}

/** Attributes behind an inode. Those kept once for several files are refused: who writes without sharing needs none. */
export function parseXattrs(bytes: Uint8Array): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>()
  if (bytes.length === 0) return xattrs
  const reader = new ByteReader(bytes, 'erofs attributes')
  reader.skip(4, 'filter')
  if (reader.u8('shared') !== 0) reader.fail('attributes that several files share are not read')
  reader.skip(7, 'reserved')
  while (reader.remaining > 0) {
    const start = reader.offset
    const nameLength = reader.u8('name')
    const index = reader.u8('prefix')
    const valueLength = reader.u16('value')
    const prefix = PREFIXES.find(([number]) => number === index)?.[1]
    if (prefix === undefined) reader.fail(`an attribute with prefix ${index}`, start)
    const name = prefix + Buffer.from(reader.take(nameLength, 'name')).toString('latin1')
    if (xattrs.has(name)) reader.fail(`attribute ${name} twice`, start)
    xattrs.set(name, reader.take(valueLength, 'value'))
    reader.skip(Math.min(padded(reader.offset) - reader.offset, reader.remaining), 'padding')
  }
  return xattrs
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4
}

function unfit(name: string, why: string): UserError {
  return new UserError(`extended attribute ${name}: ${why}`, 'take it from the file')
}
