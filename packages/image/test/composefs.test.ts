import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import { bytesSource } from '@firn/core/fs'
import {
  composefsImage,
  directoryTree,
  erofsTree,
  type FileNode,
  fsVerityDigest,
  layoutSource,
  objectPath,
  openErofs,
} from '../src/index.ts'

const WORDS = { uuid: '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60' }

function file(bytes: Uint8Array): FileNode {
  return { kind: 'file', mode: 0o444, size: bytes.length, content: () => bytesSource(bytes) }
}

const digestOf = ({ content }: FileNode) => fsVerityDigest((content as () => ReturnType<typeof bytesSource>)()).digest

test('large files are a size and a digest, small ones themselves', () => {
  const [large, small] = [Buffer.alloc(1_000_000, 7), Buffer.alloc(64, 8)]
  const shared = file(large)
  const layout = composefsImage(
    directoryTree([
      ['large', shared],
      ['again', shared],
      ['small', file(small)],
      ['link', { kind: 'symlink', target: Buffer.from('small') }],
    ]),
    digestOf,
    WORDS,
  )
  assert.ok(layout.size <= 3 * 4096)
  const tree = erofsTree(openErofs(layoutSource(layout)), layout.size)
  const read = (name: string) => tree.entries.get(name) as FileNode
  const digest = fsVerityDigest(bytesSource(large)).digest
  assert.equal(read('large').size, 1_000_000)
  assert.equal(read('large'), read('again'))
  assert.equal(Buffer.from(read('large').xattrs!.get('trusted.overlay.redirect')!).toString(), `/${objectPath(digest)}`)
  assert.deepEqual(
    Buffer.from(read('large').xattrs!.get('trusted.overlay.metacopy')!),
    Buffer.concat([Buffer.from([0, 36, 0, 1]), digest]),
  )
  assert.deepEqual(Buffer.from((read('small').content as () => ReturnType<typeof bytesSource>)().read(0, 64)), small)
  assert.equal(read('small').xattrs, undefined)
})

test('a file cannot bring a reference of its own', () => {
  const evil: FileNode = {
    ...file(Buffer.alloc(10)),
    xattrs: new Map([['trusted.overlay.redirect', Buffer.from('/x')]]),
  }
  assert.throws(() => composefsImage(directoryTree([['a', evil]]), digestOf, WORDS), UserError)
})
