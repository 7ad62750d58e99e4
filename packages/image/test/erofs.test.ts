import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { UserError } from '@firn/core'
import { bytesSource } from '@firn/core/fs'
import fc from 'fast-check'
import { needs, needsRoot } from '../../../scripts/needs.ts'
import { crc32c } from '../src/crc32c.ts'
import { CHUNKS } from '../src/erofs-format.ts'
import {
  buildErofs,
  type Dirent,
  directoryTree,
  erofsTree,
  type FileTree,
  type Layout,
  layoutSource,
  openErofs,
  readFileTree,
  type TreeNode,
  writeLayout,
} from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-erofs-'))
after(() => rmSync(folder, { recursive: true }))

const WORDS = { uuid: '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60', time: 1 }

function file(bytes: Uint8Array, mode = 0o444): TreeNode {
  return { kind: 'file', mode, size: bytes.length, content: () => bytesSource(bytes) }
}

function whole(layout: Layout): Uint8Array {
  return layoutSource(layout).read(0, layout.size)
}

/** A tree as plain data, contents read. */
function plain(node: TreeNode): unknown {
  switch (node.kind) {
    case 'directory':
      return {
        mode: node.mode,
        xattrs: [...(node.xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('hex')]).sort(),
        entries: [...node.entries].map(([name, child]) => [name, plain(child)]).sort(),
      }
    case 'symlink':
      return { target: Buffer.from(node.target).toString('latin1') }
    case 'file':
      return {
        mode: node.mode,
        xattrs: [...(node.xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('hex')]).sort(),
        content: node.content === 'hole' ? node.size : Buffer.from(node.content().read(0, node.size)).toString('hex'),
      }
  }
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.integer({ min: 4000, max: 13_000 }).map((size) => new Uint8Array(size).fill(size & 0xff)),
)
const xattrs = fc
  .array(fc.tuple(fc.constantFrom('user.a', 'trusted.b', 'security.c'), fc.uint8Array({ maxLength: 40 })))
  .map((pairs) => ({ xattrs: new Map(pairs) }))
const name = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((raw) => Buffer.from(raw.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))).toString('latin1'))
  .filter((text) => text !== '.' && text !== '..')
const { node } = fc.letrec<{ node: TreeNode; directory: FileTree }>((tie) => ({
  directory: fc
    .tuple(fc.array(fc.tuple(name, tie('node')), { maxLength: 12 }), xattrs)
    .map(([entries, more]) => ({ ...directoryTree(entries), ...more })),
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc
      .tuple(bytes, xattrs, fc.constantFrom(0o444, 0o555))
      .map(([raw, more, mode]) => ({ ...file(raw, mode), ...more })),
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((target): TreeNode => ({ kind: 'symlink', target })),
    tie('directory'),
  ),
}))
const trees = fc.array(fc.tuple(name, node), { maxLength: 30 }).map((entries) => directoryTree(entries))

test('what is built is read back: names, modes, attributes, links and contents', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const image = whole(buildErofs(tree, WORDS))
      assert.deepEqual(plain(erofsTree(openErofs(bytesSource(image)), image.length)), plain(tree))
    }),
    { numRuns: 100 },
  )
})

test('the same tree gives the same bytes, in whatever order its names come', () => {
  const entries: [string, TreeNode][] = [...'abcdef'].map((letter) => [letter, file(Buffer.from(letter))])
  const one = whole(buildErofs(directoryTree(entries), WORDS))
  assert.deepEqual(whole(buildErofs(directoryTree(entries.toReversed()), WORDS)), one)
})

test('fsck.erofs finds nothing wrong with any tree', needs('fsck.erofs'), async () => {
  const path = join(folder, 'fsck.img')
  for (const tree of fc.sample(trees, 8)) {
    await writeLayout(path, buildErofs(tree, WORDS))
    execFileSync('fsck.erofs', [path], { stdio: 'pipe' })
  }
})

/** Hard cases: empty and block-sized files, long links, odd names, several names, a directory of many blocks. */
function hardFolder(): string {
  const root = join(folder, 'hard')
  mkdirSync(join(root, 'many'), { recursive: true })
  mkdirSync(join(root, 'empty'))
  for (let i = 0; i < 3000; i++)
    writeFileSync(join(root, 'many', `a-rather-long-name-of-a-file-${i}`), `${i}`.repeat(i % 50))
  for (const size of [0, 1, 4063, 4064, 4065, 4095, 4096, 4097, 8192, 70_000]) {
    writeFileSync(join(root, `size-${size}`), Buffer.alloc(size, size & 0xff), { mode: size % 2 === 0 ? 0o755 : 0o644 })
  }
  linkSync(join(root, 'size-70000'), join(root, 'second-name'))
  symlinkSync('x'.repeat(4000), join(root, 'long-link'))
  symlinkSync('size-1', join(root, 'short-link'))
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x21, 0xe4])]), 'not UTF-8')
  writeFileSync(join(root, '!before-the-dots'), '')
  return root
}

test('the kernel mounts it and shows the same tree', needsRoot('fsck.erofs'), async (t) => {
  const root = hardFolder()
  const path = join(folder, 'hard.img')
  await writeLayout(path, buildErofs(readFileTree(root) as FileTree, { ...WORDS, time: 1_700_000_000, label: 'hard' }))
  execFileSync('fsck.erofs', [path], { stdio: 'pipe' })
  const mounted = join(folder, 'mounted')
  mkdirSync(mounted)
  execFileSync('mount', ['-t', 'erofs', '-o', 'loop,ro', path, mounted])
  t.after(() => execFileSync('umount', [mounted]))
  execFileSync('diff', ['-r', '--no-dereference', root, mounted])
  assert.deepEqual(readdirSync(mounted, 'latin1').sort(), readdirSync(root, 'latin1').sort())
  for (const entry of ['size-4096', 'size-4097', 'many', 'second-name']) {
    const { mode, mtimeMs, uid, nlink } = statSync(join(mounted, entry))
    const original = statSync(join(root, entry))
    const canonical = original.isDirectory() || (original.mode & 0o100) !== 0 ? 0o555 : 0o444
    assert.deepEqual(
      { mode: mode & 0o7777, mtimeMs, uid, nlink },
      { mode: canonical, mtimeMs: 1_700_000_000_000, uid: 0, nlink: original.nlink },
    )
  }
})

test(
  'files of more than 4 GiB, and more than 65,535 folders in one, get the larger inode',
  needsRoot('fsck.erofs'),
  async (t) => {
    const folders = Array.from({ length: 65_600 }, (_, i): [string, TreeNode] => [`f${i}`, directoryTree([])])
    const tree = directoryTree([
      ['large', { kind: 'file', mode: 0o444, size: 5 * 2 ** 30 + 7, content: 'hole' }],
      ['folders', directoryTree(folders)],
    ])
    const path = join(folder, 'large.img')
    await writeLayout(path, buildErofs(tree, WORDS))
    const mounted = join(folder, 'mounted-large')
    mkdirSync(mounted)
    execFileSync('mount', ['-t', 'erofs', '-o', 'loop,ro', path, mounted])
    t.after(() => execFileSync('umount', [mounted]))
    assert.equal(statSync(join(mounted, 'large')).size, 5 * 2 ** 30 + 7)
    assert.equal(execFileSync('tail', ['-c', '4', join(mounted, 'large')]).toString('hex'), '00000000')
    assert.equal(statSync(join(mounted, 'folders')).nlink, 65_602)
    assert.equal(readdirSync(join(mounted, 'folders')).length, 65_600)
  },
)

test('mkfs.erofs writes what we read', needs('mkfs.erofs'), () => {
  const root = join(folder, 'theirs')
  mkdirSync(join(root, 'sub'), { recursive: true })
  for (let i = 0; i < 300; i++) writeFileSync(join(root, 'sub', `file-${i}`), `${i}\n`.repeat(i * 3), { mode: 0o444 })
  symlinkSync('sub/file-1', join(root, 'link'))
  const path = join(folder, 'theirs.img')
  execFileSync('mkfs.erofs', ['-x-1', path, root], { stdio: 'pipe' })
  const image = execFileSync('cat', [path], { maxBuffer: 1 << 28 })
  const theirs = erofsTree(openErofs(bytesSource(image)), image.length)
  const expected = readFileTree(root) as FileTree
  assert.deepEqual(contents(theirs), contents(expected))
})

test('files that mkfs.erofs wrote in chunks are read, at any place of them', needs('mkfs.erofs'), () => {
  const root = join(folder, 'chunked')
  mkdirSync(root)
  const bytes = Buffer.concat([Buffer.alloc(70_000, 'abc'), Buffer.alloc(200_000), randomBytes(50_001)])
  writeFileSync(join(root, 'file'), bytes, { mode: 0o444 })
  for (const size of [4096, 65_536]) {
    const path = join(folder, `chunks-${size}.img`)
    execFileSync('mkfs.erofs', ['-x-1', `--chunksize=${size}`, path, root], { stdio: 'pipe' })
    const image = readFileSync(path)
    const erofs = openErofs(bytesSource(image))
    const [{ nid }] = erofs.entries(erofs.superblock.rootNid) as [Dirent]
    assert.equal(erofs.inode(nid).layout, CHUNKS)
    const content = erofs.content(nid)
    assert.ok(bytes.equals(content.read(0, bytes.length)))
    for (const [at, length] of [
      [0, 1],
      [65_535, 2],
      [69_999, 130_003],
      [bytes.length - 1, 1],
      [bytes.length, 0],
    ] as const) {
      assert.ok(bytes.subarray(at, at + length).equals(content.read(at, length)), `${length} bytes at ${at}`)
    }
    assert.throws(() => content.read(bytes.length, 1), RangeError)
  }
})

function contents(node: TreeNode): unknown {
  if (node.kind === 'directory') return [...node.entries].map(([name, child]) => [name, contents(child)]).sort()
  if (node.kind === 'symlink') return Buffer.from(node.target).toString()
  if (node.content === 'hole') return node.size
  const source = node.content()
  const text = Buffer.from(source.read(0, node.size)).toString()
  source.close()
  return text
}

test('what no erofs can hold is said, not written', () => {
  const empty = file(new Uint8Array())
  assert.throws(() => buildErofs(directoryTree([['a/b', empty]]), WORDS), UserError)
  assert.throws(() => buildErofs(directoryTree([['x'.repeat(256), empty]]), WORDS), UserError)
  assert.throws(() => buildErofs(directoryTree([]), { ...WORDS, label: 'x'.repeat(17) }), UserError)
  const odd = { ...empty, xattrs: new Map([['other.x', new Uint8Array()]]) } as TreeNode
  assert.throws(() => buildErofs(directoryTree([['a', odd]]), WORDS), UserError)
})

test('a tree with a pipe in it, and files that change behind its back, are refused', () => {
  const root = join(folder, 'live')
  mkdirSync(root)
  const path = join(root, 'a')
  writeFileSync(path, 'text')
  linkSync(path, join(root, 'b'))
  const live = readFileTree(root) as FileTree
  const content = () => (live.entries.get('a') as { content: () => ReturnType<typeof bytesSource> }).content()
  assert.equal(live.entries.get('a'), live.entries.get('b'), 'two names of one file')
  const source = content()
  assert.equal(Buffer.from(source.read(0, 4)).toString(), 'text')
  source.close()
  writeFileSync(path, 'longer text')
  assert.throws(content, { name: 'UserError', message: /it changed while it was read/ })
  rmSync(path)
  writeFileSync(join(folder, 'elsewhere'), 'TEXT')
  symlinkSync('../elsewhere', path)
  assert.throws(content, { name: 'UserError' }, 'a link is not followed')
  rmSync(path)
  execFileSync('mkfifo', [path])
  assert.throws(content, { name: 'UserError', message: /it changed while it was read/ })
  assert.throws(() => readFileTree(root), { name: 'UserError', message: /a: neither file, directory nor link/ })
})

test('a directory that is inside itself is refused', () => {
  const image = whole(buildErofs(directoryTree([['d', directoryTree([['e', directoryTree([])]])]]), WORDS))
  const erofs = openErofs(bytesSource(image))
  const [d] = erofs.entries(erofs.superblock.rootNid)
  const [e] = erofs.entries(d!.nid)
  const from = Buffer.alloc(8)
  from.writeBigUInt64LE(BigInt(e!.nid))
  const to = Buffer.alloc(8)
  to.writeBigUInt64LE(BigInt(d!.nid))
  const at = Buffer.from(image.buffer).lastIndexOf(from)
  // Of the two places that name it, its own and its parent's entry, both become the parent.
  for (
    let place = Buffer.from(image.buffer).indexOf(from);
    place >= 0 && place <= at;
    place = Buffer.from(image.buffer).indexOf(from, place + 1)
  ) {
    image.set(to, place)
  }
  assert.throws(() => erofsTree(openErofs(bytesSource(image)), image.length), /directory with two names/)
})

test('an image of somebody else: its superblock, and names that lead out of it, are refused', () => {
  const entries = ['aaa', 'bbb', 'ccc'].map((name) => [name, file(Buffer.from(name.toUpperCase()))] as const)
  const good = Buffer.from(whole(buildErofs(directoryTree(entries), WORDS)))
  const read = (change: (image: Buffer) => unknown, summed = true) => {
    const image = Buffer.from(good)
    change(image)
    if (summed) {
      image.writeUInt32LE(0, SUPER + 4)
      image.writeUInt32LE(crc32c(image.subarray(SUPER, 4096)), SUPER + 4)
    }
    return () => erofsTree(openErofs(bytesSource(image)), image.length)
  }
  const SUPER = 1024
  assert.deepEqual([...read(() => {})().entries.keys()], ['aaa', 'bbb', 'ccc'])
  const names = good.indexOf('aaabbbccc')
  for (const [why, change] of [
    [/not an erofs image/, (image: Buffer) => image.writeUInt32LE(0, SUPER)],
    [/blocks of 2\^9 bytes/, (image: Buffer) => image.writeUInt8(9, SUPER + 12)],
    [/features 1 .* are not read/, (image: Buffer) => image.writeUInt32LE(1, SUPER + 80)],
    [/a name that no file can have/, (image: Buffer) => image.write('a/b', names)],
    [/names out of order/, (image: Buffer) => image.write('bbbaaa', names)],
    [/names out of order/, (image: Buffer) => image.write('bbb', names)],
  ] as const) {
    assert.throws(read(change), { name: 'UserError', message: why }, String(why))
  }
  assert.throws(
    read((image) => image.writeUInt8(1, SUPER + 48), false),
    { name: 'UserError', message: /the checksum of the superblock is wrong/ },
  )
})
