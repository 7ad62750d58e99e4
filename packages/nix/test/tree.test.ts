import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { DescriptorAccess } from '../src/descriptor-access.ts'
import { bytePath, NarWriter, TreeError, TreeReader, type TreeWatcher, walkTree } from '../src/index.ts'
import { type DirectoryCalls, directoryCalls, NO_DIRECTORY } from '../src/syscalls.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-tree-'))
after(() => rmSync(folder, { recursive: true }))

const calls = directoryCalls()
const needsCalls = { skip: calls === undefined ? 'needs a Node with node:ffi' : false }

/** A tree with all that a store path may hold, and names and times that none has. */
function makeTree(): string {
  const root = mkdtempSync(join(folder, 'root-'))
  mkdirSync(join(root, 'deep/er'), { recursive: true })
  for (const size of [0, 1, 8, 262_143, 262_144, 600_001, 17_000_000]) {
    writeFileSync(join(root, `deep/${size}`), Buffer.alloc(size, 'firn'))
  }
  writeFileSync(join(root, 'deep/run'), 'x', { mode: 0o755 })
  linkSync(join(root, 'deep/run'), join(root, 'deep/er/run'))
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x41])]), 'odd name')
  for (const name of ['ä', '\u{10000}', '\uffff', '..a', '.b', '...']) writeFileSync(join(root, name), name)
  symlinkSync('ä/../nowhere', join(root, 'link'))
  mkdirSync(join(root, 'many'))
  // More than one call tells.
  for (let i = 0; i < 2500; i++) writeFileSync(join(root, `many/${'long'.repeat(5)}${i}`), '')
  utimesSync(join(root, 'deep/1'), 1, -1234.5)
  utimesSync(join(root, 'deep/8'), 1, 2 ** 33 + 0.25)
  lutimesSync(join(root, 'link'), 1, 1)
  chmodSync(join(root, 'deep/0'), 0o4640)
  return root
}

/** Everything that is told of a tree. */
function tell(root: string, reader: TreeReader): { nar: string; told: unknown[] } {
  const hash = createHash('sha256')
  const told: unknown[] = []
  const plain = ({ dev, ino, mode, nlink, uid, gid, size, mtimeMs, ctimeMs }: Parameters<TreeWatcher['file']>[1]) =>
    [dev, ino, mode, nlink, uid, gid, size, mtimeMs, ctimeMs].join(' ')
  const watcher: TreeWatcher = {
    directory: (place, stat) => told.push('d', place, plain(stat)),
    leave: () => told.push('leave'),
    file: (place, stat) => told.push('f', place, plain(stat)),
    symlink: (place, stat, target) => told.push('l', place, plain(stat), Buffer.from(target).toString('latin1')),
  }
  reader.read(bytePath(root), (bytes) => void hash.update(bytes), watcher)
  return { nar: hash.digest('hex'), told }
}

test('names in open directories and whole paths tell the same, and make the NAR that the plain walk makes', () => {
  const root = makeTree()
  const hash = createHash('sha256')
  const writer = new NarWriter((bytes) => void hash.update(bytes))
  walkTree(root, writer)
  writer.end()
  const [open, byPath] = [new TreeReader(), new TreeReader(true)]
  const expected = tell(root, byPath)
  assert.equal(expected.nar, hash.digest('hex'))
  assert.deepEqual(tell(root, open), expected)
  assert.equal(expected.told.length > 7500, true)
  for (const inside of ['link', 'deep/run', 'deep/er'])
    assert.deepEqual(tell(join(root, inside), open), tell(join(root, inside), byPath))
})

test('what the calls tell of a file is what node:fs tells', needsCalls, () => {
  const place = join(folder, 'told')
  fc.assert(
    fc.property(fc.nat(0o7777), fc.integer({ min: -(2 ** 31), max: 2 ** 33 }), fc.nat(100_000), (mode, time, size) => {
      writeFileSync(place, Buffer.alloc(size))
      utimesSync(place, 0, time + 0.123)
      chmodSync(place, mode)
      const told = calls!.look(NO_DIRECTORY, bytePath(place))
      const stat = lstatSync(place)
      for (const [name, value] of Object.entries(told)) assert.equal(value, stat[name as keyof typeof told], name)
      unlinkSync(place)
    }),
    { numRuns: 50 },
  )
  assert.equal(calls!.look(NO_DIRECTORY, '/dev/null').dev, lstatSync('/dev/null').dev)
})

test('what the calls refuse has the code that node:fs gives it', needsCalls, () => {
  const codeOf = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      return (error as NodeJS.ErrnoException).code
    }
    return 'none'
  }
  const { open, look, stat, entries, target, reader } = calls!
  assert.equal(
    codeOf(() => open(NO_DIRECTORY, '/nowhere/at/all', 0)),
    'ENOENT',
  )
  assert.equal(
    codeOf(() => look(NO_DIRECTORY, '/dev/null/x')),
    'ENOTDIR',
  )
  assert.equal(
    codeOf(() => stat(99_999)),
    'EBADF',
  )
  assert.equal(
    codeOf(() => entries(99_999)),
    'EBADF',
  )
  assert.equal(
    codeOf(() => target(NO_DIRECTORY, '/dev/null')),
    'EINVAL',
  )
  assert.equal(
    codeOf(() => reader(Buffer.alloc(8))(99_999, 0, 8)),
    'EBADF',
  )
  assert.equal(
    codeOf(() => open(NO_DIRECTORY, 'x'.repeat(5000), 0)),
    'ENAMETOOLONG',
  )
  assert.equal(
    codeOf(() => look(NO_DIRECTORY, '/dev/null\0x')),
    'EINVAL',
  )
  assert.throws(() => reader(Buffer.alloc(8))(0, 4, 5), RangeError)
})

test('where a file system tells no types, each entry is looked at', needsCalls, () => {
  const root = makeTree()
  const mute: DirectoryCalls = {
    ...calls!,
    entries: (directory) => calls!.entries(directory)?.map((entry) => ({ ...entry, kind: undefined })),
  }
  const kinds = (access: DescriptorAccess) => {
    const open = access.enter(undefined, bytePath(root))
    const found = access.entries(open)
    access.leave(open)
    return found
  }
  const [known, looked] = [calls!, mute].map((each) => kinds(new DescriptorAccess(each, Buffer.alloc(8))))
  assert.deepEqual(
    looked!.map(({ name, kind }) => [name, kind]),
    known!.map(({ name, kind }) => [name, kind]),
  )
  assert.deepEqual(new Set(looked!.map(({ kind }) => kind)), new Set(['file', 'directory', 'symlink']))
})

test('no descriptor is left open, however a reading ends', needsCalls, () => {
  const root = makeTree()
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  const reader = new TreeReader()
  tell(root, reader)
  for (const fault of [1, 2, 20, 60]) {
    let pieces = 0
    const stop = () => {
      if (++pieces === fault) throw new RangeError('enough')
    }
    assert.throws(() => reader.read(bytePath(root), stop), RangeError)
  }
  const steps = reader.steps(bytePath(root), () => {})
  steps.next()
  steps.return(0)
  const pipe: TreeWatcher = {
    directory: () => {},
    symlink: () => {},
    file: (place) => {
      if (place.endsWith('/deep/17000000')) throw new TreeError('changed', place, 'for the test')
    },
  }
  assert.throws(() => reader.read(bytePath(root), () => {}, pipe), TreeError)
  assert.equal(open(), before)
  // And the reader is as good as new.
  assert.equal(tell(root, reader).nar, tell(root, new TreeReader(true)).nar)
})

test('while contents come from a disk, files are asked for before their turn', {
  ...needs('fincore'),
  ...needsCalls,
}, (t) => {
  const root = mkdtempSync(join(folder, 'cold-'))
  const names = Array.from({ length: 70 }, (_, i) => String(i).padStart(2, '0'))
  for (const name of names) writeFileSync(join(root, name), Buffer.alloc(5000, name))
  // The first and the last one that are asked for while the first of all is read, and those behind them.
  const watched = ['01', '63', '64', '69']
  const forget = (name: string) =>
    execFileSync('dd', [`of=${join(root, name)}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
  const inMemory = () =>
    watched.filter((name) => {
      const size = execFileSync('fincore', ['-bno', 'RES', join(root, name)], { encoding: 'utf8' })
      return Number(size) > 0
    })
  for (const [cold, asked] of [
    [true, ['01', '63']],
    [false, []],
  ] as const) {
    watched.forEach(forget)
    if (inMemory().length > 0) return t.skip('the folder for temporary files is in memory, not on a disk')
    let blocks = 0
    let found: string[] | undefined
    const watcher: TreeWatcher = {
      directory: () => {},
      symlink: () => {},
      file: () => {
        if (found !== undefined) return
        for (let tries = 0; tries < 40 && (tries < 2 || found!.length < asked.length); tries++) {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
          found = inMemory()
        }
      },
    }
    const reader = new TreeReader(false, () => (cold ? ++blocks : 0))
    const hash = createHash('sha256')
    reader.read(bytePath(root), (bytes) => hash.update(bytes), watcher)
    assert.equal(hash.digest('hex'), tell(root, new TreeReader(true)).nar)
    assert.deepEqual(found, asked)
  }
})

test('what is asked for before its turn and cannot be had is told in its turn', needsCalls, () => {
  const root = mkdtempSync(join(folder, 'ahead-'))
  for (const name of ['a', 'b', 'c']) writeFileSync(join(root, name), name)
  let blocks = 0
  const told: string[] = []
  const watcher: TreeWatcher = { directory: () => {}, symlink: () => {}, file: (place) => told.push(place.slice(-1)) }
  const steps = new TreeReader(false, () => ++blocks).steps(bytePath(root), () => {}, watcher)
  steps.next()
  // Its directory is listed, and none of its files was asked for.
  unlinkSync(join(root, 'c'))
  const gone = (error: unknown) => error instanceof TreeError && error.code === 'ENOENT' && error.place.endsWith('/c')
  assert.throws(() => [...steps], gone)
  assert.deepEqual(told, ['a', 'b'])
})

test('a directory that is swapped for another while it is read leads nowhere else', needsCalls, () => {
  const root = mkdtempSync(join(folder, 'swap-'))
  const elsewhere = mkdtempSync(join(folder, 'elsewhere-'))
  mkdirSync(join(root, 'a/b'), { recursive: true })
  mkdirSync(join(elsewhere, 'b'))
  writeFileSync(join(root, 'a/b/file'), 'what was there')
  writeFileSync(join(elsewhere, 'b/file'), 'something else')
  const seen: string[] = []
  new TreeReader().read(bytePath(root), () => {}, {
    directory: (place) => {
      if (!place.endsWith('/a/b')) return
      renameSync(join(root, 'a'), join(root, 'old'))
      symlinkSync(elsewhere, join(root, 'a'))
    },
    file: () => {},
    symlink: () => {},
    contents: (bytes) => seen.push(Buffer.from(bytes).toString()),
  })
  assert.deepEqual(seen, ['what was there'])
})
