import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { EXIT, UserError } from '@firn/core'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { compareText, decodeText, encodeText, NarReader, type NarVisitor, NarWriter, walkTree } from '../src/index.ts'
import { realNix } from './nix.ts'

type Tree =
  | { readonly kind: 'file'; readonly contents: Uint8Array; readonly executable: boolean }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder'; readonly entries: Readonly<Record<string, Tree>> }

const NAME = fc
  .oneof(
    fc.constantFrom('a', 'b', 'a.', 'a-', 'A', 'é', '😀', '豈', 'ﬀ', decodeText(Uint8Array.of(0xff, 0x41))),
    fc.uint8Array({ minLength: 1, maxLength: 6 }).map(decodeText),
  )
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..')

const { tree: TREE } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('file' as const),
      contents: fc.uint8Array({ maxLength: 40 }),
      executable: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('link' as const), target: NAME }),
    fc.record({ kind: fc.constant('folder' as const), entries: fc.dictionary(NAME, tie('tree'), { maxKeys: 4 }) }),
  ),
}))

test('what is written is read again, in pieces of any size, and written with the same bytes', () => {
  fc.assert(
    fc.property(TREE, fc.integer({ min: 1, max: 50 }), (tree, size) => {
      const nar = narOf(tree)
      const told: string[] = []
      const copy = gather((sink) => {
        const writer = new NarWriter(sink)
        const reader = new NarReader(both(writer, recorder(told)))
        for (let at = 0; at < nar.length; at += size) reader.push(nar.subarray(at, at + size))
        reader.end()
        writer.end()
      })
      assert(copy.equals(nar))
      assert.deepEqual(told, tellAll(tree, ''))
    }),
  )
})

test('an archive that ends anywhere before its end, or goes on after it, is refused', () => {
  const nar = narOf({ kind: 'folder', entries: { a: file('hello'), b: { kind: 'link', target: 'a' } } })
  for (let length = 0; length < nar.length; length++) {
    assert.throws(() => read(nar.subarray(0, length)), UserError, `${length} bytes`)
  }
  read(nar)
  assert.throws(() => read(Buffer.concat([nar, Buffer.of(0)])), { message: /after the end/ })
  const reader = new NarReader(SILENT)
  reader.push(nar)
  assert.throws(() => reader.push(Buffer.of(0)), { message: /after the end/ })
})

test('only the one canonical form is taken', () => {
  const entry = (name: string, node: readonly string[] = FILE) => ['entry', '(', 'name', name, 'node', ...node, ')']
  const folder = (...entries: readonly (readonly string[])[]) => ['(', 'type', 'directory', ...entries.flat(), ')']
  const root = (...words: readonly string[]) => wire('nix-archive-1', ...words)
  read(root(...folder(entry('a'), entry('b'))))
  const refused: readonly (readonly [Uint8Array, RegExp])[] = [
    [root(...folder(entry('b'), entry('a'))), /"a" is out of order/],
    [root(...folder(entry('a'), entry('a'))), /there twice/],
    ...['', '.', '..', 'a/b', '/', 'a\0', 'x'.repeat(256)].map(
      (name) => [root(...folder(entry(name))), /no name of a file|where 255 are the most/] as const,
    ),
    [root('(', 'type', 'symlink', 'target', '', ')'), /link target/],
    [root('(', 'type', 'symlink', 'target', 'a\0b', ')'), /link target/],
    [root('(', 'type', 'symlink', 'target', 'x'.repeat(4096), ')'), /4095 are the most/],
    [root('(', 'type', 'fifo', ')'), /no type of file/],
    [root('(', 'type', 'regular', 'executable', 'x', 'contents', '', ')'), /should be ""/],
    [root('(', 'type', 'regular', ')'), /should be contents/],
    [root('(', 'type', 'directory', 'contents', ')'), /should be entry/],
    [wire('nix-archive-2', ...FILE), /does not begin/],
    [
      root(
        ...Array.from({ length: 1025 }, () => folder().slice(0, 3)).flatMap((open) => [
          ...open,
          ...entry('a').slice(0, 5),
        ]),
      ),
      /1024 directories/,
    ],
  ]
  for (const [bytes, message] of refused) assert.throws(() => read(bytes), { message })
})

test('padding must be zero and lengths within reason; nothing is set aside for what is only announced', () => {
  const nar = narOf(file('hello'))
  const padding = nar.indexOf('hello') + 5
  for (const at of [padding, padding + 2]) {
    const bad = Buffer.from(nar)
    bad[at] = 1
    assert.throws(() => read(bad), { message: /padding/ })
  }
  const huge = Buffer.from(nar)
  huge.writeBigUInt64LE(1n << 60n, nar.indexOf('hello') - 8)
  assert.throws(() => read(huge), { message: /no file reaches/ })
  huge.writeBigUInt64LE(1n << 50n, nar.indexOf('hello') - 8)
  assert.throws(() => read(huge), { message: /ends in the middle/ })
})

test('a reader that failed stays failed', () => {
  const reader = new NarReader(SILENT)
  assert.throws(() => reader.push(wire('nix-archive-2')), { message: /does not begin/ })
  assert.throws(() => reader.push(wire('nix-archive-1', ...FILE)), { message: /does not begin/ })
  assert.throws(() => reader.end(), { message: /does not begin/ })
})

test('a writer refuses what makes no canonical archive', () => {
  const write = (tell: (writer: NarWriter) => void) => () => {
    const writer = new NarWriter(() => {})
    tell(writer)
    writer.end()
  }
  const refused: readonly (readonly [RegExp, (writer: NarWriter) => void])[] = [
    [/not whole/, () => {}],
    [/not whole/, (writer) => writer.directory('')],
    [/one root/, (writer) => writer.file('a', 0, false)],
    [/lacks 1 bytes/, (writer) => writer.file('', 1, false)],
    [/more contents/, (writer) => [writer.file('', 1, false), writer.contents(Buffer.from('ab'))]],
    [/one root/, (writer) => [writer.file('', 0, false), writer.file('', 0, false)]],
    [/b is out of order/, (writer) => [writer.directory(''), writer.symlink('b', 'x'), writer.symlink('b', 'x')]],
    [/a is out of order/, (writer) => [writer.directory(''), writer.symlink('b', 'x'), writer.symlink('a', 'x')]],
    [/no entry of/, (writer) => [writer.directory(''), writer.symlink('a/b', 'x')]],
    [/no entry of a/, (writer) => [writer.directory(''), writer.directory('a'), writer.symlink('b', 'x')]],
    [/link target/, (writer) => writer.symlink('', '')],
    [/no directory is open/, (writer) => writer.leave()],
  ]
  for (const [message, tell] of refused) assert.throws(write(tell), { message })
})

test('a tree on disk makes the archive that the real Nix makes, and Nix restores what we write', needs('nix'), () => {
  const nix = realNix()
  try {
    const tree = join(nix.folder, 'tree')
    mkdirSync(join(tree, 'dir/empty'), { recursive: true })
    writeFileSync(join(tree, 'dir/run'), '#!/bin/sh\n')
    chmodSync(join(tree, 'dir/run'), 0o755)
    // Only the owner's own bit counts.
    for (const mode of [0o744, 0o655]) writeFileSync(join(tree, `mode${mode}`), '', { mode })
    writeFileSync(join(tree, 'big'), Buffer.alloc(300_001, 'firn'))
    writeFileSync(join(tree, 'nothing'), '')
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.of(0xff, 0x2e)]), 'not UTF-8')
    for (const name of ['😀', 'ﬀ', 'é', 'a', 'a.b', 'a-b', 'A']) writeFileSync(join(tree, name), name)
    symlinkSync('../nowhere', join(tree, 'link'))
    const real = nix.run('nix-store', ['--dump', tree])
    const ours = dump(tree)
    assert(ours.equals(real))
    nix.run('nix-store', ['--restore', join(nix.folder, 'again')], ours)
    assert(dump(join(nix.folder, 'again')).equals(real))
    for (const single of ['big', 'link']) {
      assert(dump(join(tree, single)).equals(nix.run('nix-store', ['--dump', join(tree, single)])))
    }
    const path = nix.run('nix-store', ['--add', tree]).toString().trim()
    assert(dump(path).equals(nix.run('nix', ['store', 'dump-path', path])))
  } finally {
    nix.remove()
  }
})

test('what no store path holds, and what is not there, is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-nar-'))
  try {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    assert.throws(() => dump(folder), { message: /pipe: neither file/, exit: EXIT.store })
    assert.throws(() => dump(join(folder, 'missing')), { message: /missing: no such file/ })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a file that changes its length while it is read is told, and not waited for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-nar-'))
  const nothing = () => {}
  const walk = (during: () => void) =>
    walkTree(folder, { directory: nothing, leave: nothing, file: during, contents: nothing, symlink: nothing })
  try {
    const path = join(folder, 'file')
    writeFileSync(path, 'some text')
    walk(nothing)
    assert.throws(() => walk(() => appendFileSync(path, 'x')), { message: /became longer/, exit: EXIT.store })
    assert.throws(() => walk(() => truncateSync(path, 3)), { message: /became shorter/, exit: EXIT.store })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('text keeps bytes that are not UTF-8, and sorts as bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      assert.deepEqual(new Uint8Array(encodeText(decodeText(bytes))), bytes)
    }),
  )
  const nearly = fc.array(fc.constantFrom(0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0xef, 0xbb, 0xbf, 0x41, 0xc0), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(nearly, nearly, (a, b) => {
      assert.deepEqual([...encodeText(decodeText(Uint8Array.from(a)))], a)
      const texts = [decodeText(Uint8Array.from(a)), decodeText(Uint8Array.from(b))] as const
      assert.equal(compareText(...texts), Buffer.compare(Uint8Array.from(a), Uint8Array.from(b)))
    }),
  )
  assert.equal(decodeText(readFileSync(new URL(import.meta.url)).subarray(0, 6)), 'import')
})

const FILE = ['(', 'type', 'regular', 'contents', 'hello', ')'] as const
const SILENT: NarVisitor = { directory() {}, leave() {}, file() {}, contents() {}, symlink() {} }

function file(contents: string): Tree {
  return { kind: 'file', contents: Buffer.from(contents), executable: false }
}

function wire(...words: readonly string[]): Buffer {
  return Buffer.concat(
    words.flatMap((word) => {
      const bytes = Buffer.from(word)
      const length = Buffer.alloc(8)
      length.writeUInt32LE(bytes.length)
      return [length, bytes, Buffer.alloc(-bytes.length & 7)]
    }),
  )
}

function read(bytes: Uint8Array): void {
  const reader = new NarReader(SILENT)
  reader.push(bytes)
  reader.end()
}

function gather(write: (sink: (bytes: Uint8Array) => void) => void): Buffer {
  const pieces: Buffer[] = []
  write((bytes) => pieces.push(Buffer.from(bytes)))
  return Buffer.concat(pieces)
}

function dump(path: string): Buffer {
  return gather((sink) => {
    const writer = new NarWriter(sink)
    walkTree(path, writer)
    writer.end()
  })
}

function narOf(tree: Tree): Buffer {
  return gather((sink) => {
    const writer = new NarWriter(sink)
    tell(tree, '', writer)
    writer.end()
  })
}

function tell(tree: Tree, path: string, visitor: NarVisitor): void {
  if (tree.kind === 'link') visitor.symlink(path, tree.target)
  else if (tree.kind === 'file') {
    visitor.file(path, tree.contents.length, tree.executable)
    visitor.contents(tree.contents)
  } else {
    visitor.directory(path)
    for (const [name, entry] of Object.entries(tree.entries).sort(([a], [b]) => compareText(a, b))) {
      tell(entry, path === '' ? name : `${path}/${name}`, visitor)
    }
    visitor.leave()
  }
}

function tellAll(tree: Tree, path: string): string[] {
  const told: string[] = []
  tell(tree, path, recorder(told))
  return told
}

/** Contents of one file as one line, in however many pieces they come. */
function recorder(told: string[]): NarVisitor {
  return {
    directory: (path) => told.push(`d ${path}`),
    leave: () => told.push('.'),
    file: (path, size, executable) => told.push(`f ${path} ${size} ${executable} `),
    contents: (bytes) => {
      told[told.length - 1] += Buffer.from(bytes).toString('hex')
    },
    symlink: (path, target) => told.push(`l ${path} ${target}`),
  }
}

function both(a: NarVisitor, b: NarVisitor): NarVisitor {
  return {
    directory: (path) => [a.directory(path), b.directory(path)],
    leave: () => [a.leave(), b.leave()],
    file: (...node) => [a.file(...node), b.file(...node)],
    contents: (bytes) => [a.contents(bytes), b.contents(bytes)],
    symlink: (...node) => [a.symlink(...node), b.symlink(...node)],
  }
}
