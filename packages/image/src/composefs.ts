import { UserError } from '@firn/core'
import { buildErofs, type ErofsWords } from './erofs.ts'
import type { Layout } from './layout.ts'
import { directoryTree, type FileNode, type FileTree, type TreeNode } from './tree.ts'

/** Files up to this size are kept in the image itself: a reference to them would be no shorter. */
export const INLINE_LIMIT = 64

const REDIRECT = 'trusted.overlay.redirect'
const METACOPY = 'trusted.overlay.metacopy'
/** Version, length, flags, and the hash's number in fs-verity (SHA-256): struct ovl_metacopy of Linux's overlayfs. */
const METACOPY_HEAD = [0, 36, 0, 1]

/**
 * An image of names, modes, links and digests, without contents: mounted as the first layer of an overlay with
 * `metacopy=on,redirect_dir=on,verity=require`, it takes the contents from a folder of objects, and Linux (6.6 or later)
 * lets nothing be read whose fs-verity digest is another. The layout is that of composefs. `digestOf` gives a file's
 * fs-verity digest, 32 bytes. The same tree gives the same bytes.
 */
export function composefsImage(root: FileTree, digestOf: (file: FileNode) => Uint8Array, words: ErofsWords): Layout {
  const known = new Map<FileNode, FileNode>()
  const convert = (node: TreeNode): TreeNode => {
    if (node.kind === 'symlink') return node
    for (const name of node.xattrs?.keys() ?? []) {
      if (name.startsWith('trusted.overlay.')) {
        throw new UserError(`extended attribute ${name}: only an overlay itself may set it`, 'take it from the file')
      }
    }
    if (node.kind === 'directory') return convertDirectory(node)
    let converted = known.get(node)
    if (converted === undefined) {
      converted = node.size <= INLINE_LIMIT ? node : referenceTo(node, digestOf(node))
      known.set(node, converted)
    }
    return converted
  }
  const convertDirectory = (node: FileTree): FileTree => {
    const entries = [...node.entries].map(([name, child]) => [name, convert(child)] as const)
    return { ...node, ...directoryTree(entries, node.mode) }
  }
  return buildErofs(convertDirectory(root), words)
}

/** Where an object of this digest lies below the folder of objects. */
export function objectPath(digest: Uint8Array): string {
  const hex = Buffer.from(digest).toString('hex')
  return `${hex.slice(0, 2)}/${hex.slice(2)}`
}

function referenceTo(node: FileNode, digest: Uint8Array): FileNode {
  if (digest.length !== 32) throw new RangeError(`a digest of ${digest.length} bytes`)
  const xattrs = new Map([
    ...(node.xattrs ?? []),
    [REDIRECT, Buffer.from(`/${objectPath(digest)}`)],
    [METACOPY, Buffer.from([...METACOPY_HEAD, ...digest])],
  ] as const)
  return { ...node, content: 'hole', xattrs }
}
