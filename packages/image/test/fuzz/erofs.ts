import { bytesSource } from '@firn/core/fs'
import {
  buildErofs,
  directoryTree,
  erofsTree,
  type Layout,
  layoutSource,
  openErofs,
  type TreeNode,
} from '../../src/index.ts'

const file = (text: string): TreeNode => {
  const bytes = Buffer.from(text)
  return { kind: 'file', mode: 0o444, size: bytes.length, content: () => bytesSource(bytes) }
}
const words = { uuid: '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60' }
const link: TreeNode = { kind: 'symlink', target: Buffer.from('a') }
const marked: TreeNode = { ...file('x'), kind: 'file', xattrs: new Map([['user.a', Buffer.from('b')]]) } as TreeNode

function whole(layout: Layout): Uint8Array {
  return layoutSource(layout).read(0, layout.size)
}

export const corpus = [
  whole(buildErofs(directoryTree([]), words)),
  whole(
    buildErofs(
      directoryTree([
        ['a', file('hello')],
        ['b', link],
        ['d', directoryTree([['c', marked]])],
        ['large', file('y'.repeat(5000))],
        ['hole', { kind: 'file', mode: 0o444, size: 100_000, content: 'hole' }],
      ]),
      words,
    ),
  ),
]

// The checksum keeps mutations of the first block out; without one it is not asked for.
for (const bytes of corpus) bytes.fill(0, 1024 + 4, 1024 + 12)

export function target(bytes: Uint8Array): void {
  const visit = (node: TreeNode): void => {
    if (node.kind === 'directory') for (const child of node.entries.values()) visit(child)
    if (node.kind !== 'file' || node.content === 'hole') return
    const content = node.content()
    if (content.size > 0) content.read(0, Math.min(content.size, 100))
    content.close()
  }
  visit(erofsTree(openErofs(bytesSource(bytes)), bytes.length))
}
