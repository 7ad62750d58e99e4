import { ByteReader, type ByteSource, UserError } from '@firn/core'
import { chunkedSource } from './erofs-chunks.ts'
import { type Dirent, parseDirectoryBlock } from './erofs-directory.ts'
import {
  BLOCK,
  CHUNKS,
  type ErofsInode,
  type ErofsSuperblock,
  EXTENDED,
  HOLE,
  INLINE,
  parseInode,
  parseSuperblock,
  SLOT,
} from './erofs-format.ts'
import { parseXattrs } from './erofs-xattr.ts'
import { stretches } from './slice.ts'
import type { DirectoryNode, FileNode, LinkNode, TreeNode, Xattrs } from './tree.ts'

/** An erofs image that is read in place. What is wrong with it is a UserError when it is come upon. */
export interface Erofs {
  readonly superblock: ErofsSuperblock
  inode(nid: number): ErofsInode
  /** A directory's entries in order, without itself and its parent. */
  entries(nid: number): Dirent[]
  xattrs(nid: number): Map<string, Uint8Array>
  /** The bytes of a file, link or directory. Valid as long as the image is open; closing it closes nothing. */
  content(nid: number): ByteSource
}

/** Links longer than this no system call takes. */
const MAX_TARGET = 4095
const MAX_DEPTH = 1024

/** Read an erofs image: uncompressed, blocks of 4096 bytes, files, directories and links. */
export function openErofs(source: ByteSource): Erofs {
  const reader = (offset: number, length: number) => {
    if (offset > source.size || length > source.size - offset)
      throw damaged(`something at byte ${offset}, behind its end`)
    return new ByteReader(source.read(offset, length), 'erofs')
  }
  const superblock = parseSuperblock(reader(0, BLOCK).bytes)
  const placeOf = (nid: number) => superblock.metaBlock * BLOCK + nid * SLOT
  const inode = (nid: number) => {
    const at = placeOf(nid)
    return parseInode(reader(at, Math.max(0, Math.min(EXTENDED, source.size - at))))
  }
  const content = (nid: number) => {
    const node = inode(nid)
    const behind = placeOf(nid) + node.inodeSize + node.xattrSize
    if (node.layout === CHUNKS) return chunksOf(source, node, behind, reader)
    const inBlocks = node.layout === INLINE ? node.size - (node.size % BLOCK) : node.size
    const parts = [
      { offset: node.place * BLOCK, size: inBlocks },
      { offset: behind, size: node.size - inBlocks },
    ].filter(({ size }) => size > 0)
    for (const { offset, size } of parts) {
      if (offset + size > source.size) throw damaged(`contents at byte ${offset}, behind its end`)
    }
    return stretches(source, parts)
  }
  const entries = (nid: number) => {
    const bytes = content(nid)
    const found: Dirent[] = []
    const above = new Set(['.', '..'])
    for (let at = 0; at < bytes.size; at += BLOCK) {
      const block = bytes.read(at, Math.min(BLOCK, bytes.size - at))
      // Two hundred thousand spread at once would be too many for a call.
      for (const entry of parseDirectoryBlock(block, found.at(-1)?.name ?? '')) found.push(entry)
    }
    const inside = found.filter(({ name }) => !above.delete(name))
    if (above.size > 0) throw damaged('a directory without itself or its parent')
    return inside
  }
  const xattrs = (nid: number) => {
    const { inodeSize, xattrSize } = inode(nid)
    return parseXattrs(reader(placeOf(nid) + inodeSize, xattrSize).bytes)
  }
  return { superblock, inode, entries, xattrs, content }
}

/** Contents in chunks: a table behind the inode says where each begins, and which are holes. */
function chunksOf(
  source: ByteSource,
  { place, size }: ErofsInode,
  behind: number,
  reader: (offset: number, length: number) => ByteReader,
): ByteSource {
  const chunk = BLOCK * 2 ** (place & 31)
  const hasIndexes = (place & 32) !== 0
  if (place >> 6 !== 0) throw damaged(`chunks of format ${place}`)
  const entry = hasIndexes ? 8 : 4
  const count = Math.ceil(size / chunk)
  const table = reader(Math.ceil(behind / entry) * entry, count * entry)
  const blocks = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    if (hasIndexes && table.u32('device') >>> 16 !== 0) throw damaged('contents on another device')
    blocks[i] = table.u32('block')
    const offset = blocks[i]! * BLOCK
    if (blocks[i] !== HOLE && offset + Math.min(chunk, size - i * chunk) > source.size) {
      throw damaged(`contents at byte ${offset}, behind its end`)
    }
  }
  return chunkedSource(source, size, chunk, blocks)
}

/**
 * The whole tree of an image of `size` bytes. Hostile ones are bounded: no directory has two names, and directories and
 * attributes together are no larger than the image.
 */
export function erofsTree(erofs: Erofs, size: number): DirectoryNode {
  const root = new TreeWalk(erofs, size).node(erofs.superblock.rootNid, 1)
  if (root.kind !== 'directory') throw damaged('a root that is no directory')
  return root
}

class TreeWalk {
  readonly #erofs: Erofs
  /** Files and links by their inodes: one that is known is another name of the same. */
  readonly #known = new Map<number, FileNode | LinkNode>()
  readonly #directories = new Set<number>()
  #left: number

  constructor(erofs: Erofs, size: number) {
    this.#erofs = erofs
    this.#left = size
  }

  node(nid: number, depth: number): TreeNode {
    const known = this.#known.get(nid)
    if (known !== undefined) return known
    const inode = this.#erofs.inode(nid)
    if (inode.kind === 'directory') return this.#directory(nid, inode, depth)
    const node = inode.kind === 'symlink' ? this.#link(nid, inode) : this.#file(nid, inode)
    this.#known.set(nid, node)
    return node
  }

  #directory(nid: number, inode: ErofsInode, depth: number): DirectoryNode {
    if (this.#directories.has(nid)) throw damaged('a directory with two names')
    this.#directories.add(nid)
    this.#take(inode.size)
    if (depth > MAX_DEPTH) throw damaged(`more than ${MAX_DEPTH} directories in each other`)
    const entries = new Map<string, TreeNode>()
    for (const { name, nid: child, kind } of this.#erofs.entries(nid)) {
      const node = this.node(child, depth + 1)
      if (node.kind !== kind) throw damaged(`an entry that says ${kind} of a ${node.kind}`)
      entries.set(name, node)
    }
    return { kind: 'directory', mode: inode.mode, entries, ...this.#xattrs(nid, inode) }
  }

  #link(nid: number, { size }: ErofsInode): LinkNode {
    if (size === 0 || size > MAX_TARGET) throw damaged(`a link of ${size} bytes`)
    return { kind: 'symlink', target: this.#erofs.content(nid).read(0, size) }
  }

  #file(nid: number, inode: ErofsInode): FileNode {
    const { mode, size } = inode
    return { kind: 'file', mode, size, content: () => this.#erofs.content(nid), ...this.#xattrs(nid, inode) }
  }

  #xattrs(nid: number, { xattrSize }: ErofsInode): { readonly xattrs?: Xattrs } {
    this.#take(xattrSize)
    return xattrSize === 0 ? {} : { xattrs: this.#erofs.xattrs(nid) }
  }

  #take(size: number): void {
    this.#left -= size
    if (this.#left < 0) throw damaged('more directories or attributes than it has room for')
  }
}

function damaged(what: string): UserError {
  return new UserError(`the erofs image is damaged: it has ${what}`, 'make it again, or fetch it again')
}
