import { EXIT, UserError } from '@firn/core'
import { fileSource } from '@firn/core/fs'
import {
  composefsImage,
  directoryTree,
  type FileNode,
  fsVerityDigest,
  INLINE_LIMIT,
  type Layout,
  layoutSource,
  type TreeNode,
} from '@firn/image'
import { type BytePath, bytePath, bytes, textOfBytePath } from '@firn/nix'
import type { Seal } from '../seal/seal-file.ts'
import { parseLine } from '../seal/seal-line.ts'
import type { SealedNode } from '../seal/tree.ts'

/**
 * The image of a sealed closure: all its names, modes, links and digests, and the contents of files of some bytes, which
 * are read from `realStoreDir` and must be what was sealed. Its root is the store. The same seal gives the same bytes.
 */
export function sealedImage(seal: Seal, realStoreDir: string): Layout {
  const { statement, lines } = seal
  const digests = new Map<FileNode, Uint8Array>()
  const convert = (node: SealedNode, place: BytePath): TreeNode => {
    switch (node.kind) {
      case 'symlink':
        return { kind: 'symlink', target: Buffer.from(node.target, 'latin1') }
      case 'directory':
        return directoryTree(node.entries.map(([name, child]) => [name, convert(child, `${place}/${name}`)] as const))
      case 'file': {
        const { size, executable, digest } = node
        const content = size > INLINE_LIMIT ? 'hole' : smallFile(place, digest)
        const file: FileNode = { kind: 'file', mode: executable ? 0o555 : 0o444, size, content }
        digests.set(file, Buffer.from(digest, 'hex'))
        return file
      }
    }
  }
  const root = directoryTree(
    lines.map((line) => {
      const { facts, tree } = parseLine(line, statement.storeDir)
      return [facts.name, convert(tree, `${bytePath(realStoreDir)}/${facts.name}`)] as const
    }),
  )
  const uuid = statement.root.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
  return composefsImage(root, (file) => digests.get(file)!, { uuid, label: 'firn-seal' })
}

/** The image's fs-verity digest, hex: what a signed command line is to name. */
export function imageDigest(image: Layout): string {
  const source = layoutSource(image)
  try {
    return Buffer.from(fsVerityDigest(source).digest).toString('hex')
  } finally {
    source.close()
  }
}

function smallFile(place: BytePath, digest: string): FileNode['content'] {
  return () => {
    const source = fileSource(bytes(place))
    if (source.size <= INLINE_LIMIT && Buffer.from(fsVerityDigest(source).digest).toString('hex') === digest)
      return source
    source.close()
    throw notSealed(place)
  }
}

/** Read a file whole and compare it with what was sealed. */
export function requireSealed(place: BytePath, digest: string): void {
  const source = fileSource(bytes(place))
  try {
    if (Buffer.from(fsVerityDigest(source).digest).toString('hex') !== digest) throw notSealed(place)
  } finally {
    source.close()
  }
}

/** A file is not what the seal says. */
export function notSealed(place: BytePath): UserError {
  return new UserError(
    `${textOfBytePath(place)}: not what was sealed`,
    'look at it (firn store check --level 3), repair it, or seal the store as it is now',
    EXIT.store,
  )
}
