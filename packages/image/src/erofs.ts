import { type ByteSource, UserError } from '@firn/core'
import { directoryBytes, directoryNames, directorySize } from './erofs-directory.ts'
import {
  BLOCK,
  CHUNKS,
  COMPACT,
  EXTENDED,
  HOLE,
  INLINE,
  inodeBytes,
  PLAIN,
  SLOT,
  SUPER_OFFSET,
  SUPER_SIZE,
  superblockBytes,
} from './erofs-format.ts'
import { Slots } from './erofs-slots.ts'
import { xattrBytes } from './erofs-xattr.ts'
import { type Extent, type Layout, layoutOf } from './layout.ts'
import { stretches } from './slice.ts'
import type { DirectoryNode, FileTree, TreeNode } from './tree.ts'

export interface ErofsWords {
  readonly uuid: string
  /** Seconds since 1970: the time of everything in the image. 1 by default, as in a Nix store. */
  readonly time?: number | undefined
  /** At most 16 bytes. */
  readonly label?: string | undefined
}

/** What is known of an inode before it has a place, and then its place. */
interface Planned {
  readonly node: TreeNode
  readonly number: number
  readonly parent: Planned | undefined
  readonly size: number
  readonly xattrs: Uint8Array
  links: number
  /** Where it lies, in bytes from the start of the image. */
  at: number
  layout: number
  /** First block of what is not behind the inode; of chunks, how they are kept. */
  place: number
}

type PlanOf = ReadonlyMap<TreeNode, Planned>

/**
 * An erofs image of a tree, uncompressed: what Linux mounts read-only since 5.4 (files with holes since 5.15). The same
 * tree gives the same bytes. All belongs to root. Inodes come first, with the tails of files that fit behind them; blocks
 * follow in the order of the names. Errors: names, labels and attributes that it has no room for, as UserError.
 */
export function buildErofs(root: FileTree, words: ErofsWords): Layout {
  const plans = collect(root)
  const end = assignPlaces([...plans.values()])
  const extents = [...plans.values()].flatMap((plan) => extentsOf(plan, plans))
  const superblock = superblockBytes(
    {
      rootNid: nidOf(plans.get(root)!),
      inodes: plans.size,
      time: words.time ?? 1,
      blocks: end / BLOCK,
      metaBlock: 0,
      uuid: words.uuid,
      label: words.label ?? '',
    },
    new Uint8Array(BLOCK - SUPER_OFFSET - SUPER_SIZE),
  )
  return layoutOf(end, [
    { offset: SUPER_OFFSET, size: SUPER_SIZE, what: 'erofs superblock', content: superblock },
    ...extents,
  ])
}

/** All inodes, a directory before what is in it, names in the order of their bytes. */
function collect(root: FileTree): Map<TreeNode, Planned> {
  const plans = new Map<TreeNode, Planned>()
  const visit = (node: TreeNode, parent: Planned | undefined): void => {
    const known = plans.get(node)
    if (known !== undefined) {
      if (node.kind === 'directory') throw new RangeError('one directory at two places')
      known.links++
      return
    }
    const plan: Planned = {
      ...{ node, parent, number: plans.size + 1, size: sizeOf(node), links: node.kind === 'directory' ? 2 : 1 },
      ...{ xattrs: xattrBytes(node.kind === 'symlink' ? undefined : node.xattrs), at: 0, layout: PLAIN, place: 0 },
    }
    plans.set(node, plan)
    if (node.kind !== 'directory') return
    for (const name of [...node.entries.keys()].sort()) {
      const child = node.entries.get(name)!
      if (child.kind === 'directory') plan.links++
      visit(child, plan)
    }
  }
  visit(root, undefined)
  return plans
}

function sizeOf(node: TreeNode): number {
  switch (node.kind) {
    case 'file':
      return node.size
    case 'symlink':
      return node.target.length
    case 'directory':
      return directorySize(directoryNames(node.entries.keys()))
  }
}

/** Inodes and tails first, then blocks. Gives the size of the image. */
function assignPlaces(plans: readonly Planned[]): number {
  // The first block is left to the superblock, whose checksum covers it whole. The root is the first to get a place,
  // since its number has but 16 bits.
  const slots = new Slots(BLOCK)
  for (const plan of plans) {
    const head = inodeSize(plan) + plan.xattrs.length
    const tail = plan.size % BLOCK
    if (isHole(plan.node)) {
      plan.layout = CHUNKS
      plan.place = chunkBits(plan.size)
      plan.at = slots.take(head + 4)
    } else if (tail > 0 && head + tail <= BLOCK) {
      plan.layout = INLINE
      plan.at = slots.take(head + tail)
    } else {
      plan.at = slots.take(head)
    }
  }
  let block = slots.end / BLOCK
  for (const plan of plans) {
    const blocks = Math.ceil(bytesInBlocks(plan) / BLOCK)
    if (blocks === 0) continue
    plan.place = block
    block += blocks
    if (block > HOLE) throw new UserError('the image has more than 16 TiB', 'make several images')
  }
  return block * BLOCK
}

function inodeSize({ size, links }: Planned): number {
  return size > 0xffff_ffff || links > 0xffff ? EXTENDED : COMPACT
}

function isHole(node: TreeNode): boolean {
  return node.kind === 'file' && node.content === 'hole' && node.size > 0
}

/** The size of chunks, as a power of two of blocks, such that one is enough: 31 is the largest there is. */
function chunkBits(size: number): number {
  const bits = Math.max(0, Math.ceil(Math.log2(Math.ceil(size / BLOCK))))
  if (bits > 31) throw new UserError(`a hole of ${size} bytes`, 'erofs has chunks of 8 TiB at most')
  return bits
}

/** How much of the contents lies in blocks of its own. */
function bytesInBlocks({ layout, size }: Planned): number {
  if (layout === CHUNKS) return 0
  return layout === INLINE ? size - (size % BLOCK) : size
}

function nidOf({ at }: Planned): number {
  return at / SLOT
}

function extentsOf(plan: Planned, plans: PlanOf): Extent[] {
  const { at, node, xattrs, size, layout } = plan
  const head = Buffer.concat([headBytes(plan), xattrs, ...(layout === CHUNKS ? [Buffer.alloc(4, 0xff)] : [])])
  const extents: Extent[] = [{ offset: at, size: head.length, what: 'erofs inode', content: head }]
  if (layout === CHUNKS || size === 0) return extents
  const whole = bytesInBlocks(plan)
  const content = contentOf(plan, plans)
  const what = `erofs ${node.kind}`
  const part = (offset: number, from: number, to: number) => {
    if (to > from) extents.push({ offset, size: to - from, what, content: slice(content, from, to, size) })
  }
  part(at + head.length, whole, size)
  part(plan.place * BLOCK, 0, whole)
  return extents
}

function headBytes(plan: Planned): Uint8Array {
  const { node, number, links, size, layout, place, xattrs } = plan
  return inodeBytes({
    ...{ kind: node.kind, mode: node.kind === 'symlink' ? 0o777 : node.mode, links, size, layout, place, number },
    ...{ uid: 0, gid: 0, inodeSize: inodeSize(plan), xattrSize: xattrs.length },
  })
}

function contentOf({ node, parent }: Planned, plans: PlanOf): Uint8Array | (() => ByteSource) {
  switch (node.kind) {
    case 'symlink':
      return node.target
    case 'file':
      return node.content === 'hole' ? new Uint8Array() : node.content
    case 'directory':
      return directoryContent(node, parent, plans)
  }
}

function directoryContent(node: DirectoryNode, parent: Planned | undefined, plans: PlanOf): Uint8Array {
  return directoryBytes(directoryNames(node.entries.keys()), (name) => {
    if (name === '.') return { nid: nidOf(plans.get(node)!), kind: 'directory' }
    if (name === '..') return { nid: nidOf(parent ?? plans.get(node)!), kind: 'directory' }
    const child = node.entries.get(name)!
    return { nid: nidOf(plans.get(child)!), kind: child.kind }
  })
}

/** A part of contents, as an extent takes it. */
function slice(content: Uint8Array | (() => ByteSource), from: number, to: number, size: number): Extent['content'] {
  if (content instanceof Uint8Array) return content.subarray(from, to)
  if (from === 0 && to === size) return content
  return () => {
    const whole = content()
    return { ...stretches(whole, [{ offset: from, size: to - from }]), close: () => whole.close() }
  }
}
