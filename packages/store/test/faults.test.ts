import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bytePath, systemCalls, TreeError, TreeReader } from '@firn/nix'
import { walkUntouched } from '../src/check/stat-walk.ts'
import { type Look, TreeCheck, type TreeResult } from '../src/check/tree-check.ts'
import { SealWatcher } from '../src/seal/seal-watcher.ts'
import { newDigestMemory, SharedDigests } from '../src/seal/shared-digests.ts'
import { RECORD, STATE, STATE_AT } from '../src/seal/stat-record.ts'
import { TreeText } from '../src/seal/tree-text.ts'
import { checkLinks, type LinkResult } from '../src/verify/link-check.ts'
import { PathChecker } from '../src/verify/path-check.ts'
import type { PathReply } from '../src/verify/path-reading.ts'
import { faultOfFailure } from '../src/verify/read-failure.ts'
import { TreeFacts } from '../src/verify/tree-facts.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-faults-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const uid = process.getuid?.() ?? 0
let made = 0

/** A store path of some files, to be spoilt. */
function tree(): string {
  const root = join(folder, `tree${made++}`)
  mkdirSync(join(root, 'bin'), { recursive: true })
  writeFileSync(join(root, 'bin/tool'), 'echo\n')
  writeFileSync(join(root, 'note'), Buffer.alloc(10_000, 'x'))
  symlinkSync('bin/tool', join(root, 'link'))
  return root
}

function drain<T>(steps: Generator<undefined, T, undefined>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

function verify(root: string, seal = false): PathReply {
  const settings = { owner: { uid }, xattrs: false, ...(seal && { seal: newDigestMemory() }) }
  return drain(new PathChecker(settings, () => {}).check({ place: bytePath(root), size: 0 }))
}

function sealOf(root: string): Uint8Array {
  const watcher = new SealWatcher()
  new TreeReader().read(bytePath(root), () => {}, watcher)
  return watcher.end().text
}

function check(root: string, sealed: Uint8Array, level: Look['level'], known?: Float64Array): TreeResult {
  const look = { level, turn: 0, of: 1, owner: { uid }, xattrs: false }
  const checker = new TreeCheck(look, new SharedDigests(newDigestMemory()), () => {})
  return drain(
    checker.check(bytePath(root), '/nix/store/x', new TreeText(sealed), { number: 0, ...(known && { known }) }),
  )
}

const rulesOf = ({ faults }: TreeResult) =>
  faults.map(({ rule }) => rule).filter((rule) => rule !== 'store/mode' && rule !== 'store/mtime')

/** What somebody may put into a store to keep a reader busy for ever. */
const HOSTILE: Readonly<Record<string, (root: string) => void>> = {
  'a pipe nobody writes to': (root) => execFileSync('mkfifo', [join(root, 'trap')]),
  'a pipe where a file was': (root) => {
    unlinkSync(join(root, 'note'))
    execFileSync('mkfifo', [join(root, 'note')])
  },
  'directories too deep for any path': (root) => {
    // Each shell goes down by itself: no single path could.
    const script =
      'd=$(printf "%0200d" 0); i=0; while [ $i -lt 40 ]; do mkdir "$d" && cd -P "./$d" || exit 1; i=$((i+1)); done'
    execFileSync('sh', ['-c', script], { cwd: root })
  },
  'more directories in each other than a NAR may have': (root) =>
    void mkdirSync(join(root, Array.from({ length: 1030 }, () => 'd').join('/')), { recursive: true }),
}

for (const [what, spoil] of Object.entries(HOSTILE)) {
  test(`${what}: neither verified, nor sealed, nor passed by a check`, { timeout: 60_000 }, () => {
    const root = tree()
    const sealed = sealOf(root)
    spoil(root)
    for (const seal of [false, true]) {
      const { narHash, failure, sealed: made } = verify(root, seal)
      assert.ok(narHash === undefined && made === undefined && failure !== undefined)
    }
    for (const level of [0, 1, 3] as const) assert.notDeepEqual(rulesOf(check(root, sealed, level)), [])
    execFileSync('rm', ['-rf', root])
  })
}

test('links in circles are links, and not followed', () => {
  const root = tree()
  symlinkSync('.', join(root, 'self'))
  symlinkSync('round', join(root, 'round'))
  symlinkSync('..', join(root, 'bin/up'))
  assert.notEqual(verify(root).narHash, undefined)
  assert.deepEqual(rulesOf(check(root, sealOf(root), 3)), [])
})

test('a link, and a file whose name is no UTF-8, as a store path', () => {
  const link = join(folder, 'link-path')
  symlinkSync('/nowhere', link)
  const { narHash, isFile } = verify(link)
  assert.ok(narHash !== undefined && !isFile)
  assert.deepEqual(rulesOf(check(link, sealOf(link), 3)), [])
  const root = tree()
  const odd = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe, 0x41])])
  writeFileSync(odd, 'odd')
  const sealed = sealOf(root)
  assert.deepEqual(rulesOf(check(root, sealed, 3)), [])
  writeFileSync(odd, 'ODD')
  const found = check(root, sealed, 3)
  assert.deepEqual(rulesOf(found), ['store/seal-content'])
  // The byte is told apart from every other.
  assert.match(found.faults.find(({ rule }) => rule === 'store/seal-content')!.evidence![0]!, /\udcff\udcfeA$/)
})

test('five thousand names in one directory', () => {
  const root = tree()
  for (let i = 0; i < 5_000; i++) writeFileSync(join(root, `n${i}`), '')
  assert.equal(verify(root, true).files, 5_002)
  const sealed = sealOf(root)
  unlinkSync(join(root, 'n777'))
  assert.deepEqual(rulesOf(check(root, sealed, 0)), ['store/seal-missing'])
})

test('a file of 500 MB needs no more memory than one of 5 MB', () => {
  const root = join(folder, 'huge')
  const file = openSync(root, 'w')
  // No blocks on the disk.
  ftruncateSync(file, 500e6)
  closeSync(file)
  const before = process.memoryUsage().rss
  const { narSize, narHash } = verify(root)
  assert.equal(narSize, 500e6 + 112)
  assert.notEqual(narHash, undefined)
  assert.ok(process.memoryUsage().rss - before < 100e6)
  unlinkSync(root)
})

test('a sparse file of terabytes is not read to its end', { timeout: 60_000 }, () => {
  const root = tree()
  const size = 20_000
  const settings = { owner: { uid }, xattrs: false }
  const read = (known: number) =>
    drain(new PathChecker(settings, () => {}).check({ place: bytePath(root), size: known }))
  truncateSync(join(root, 'note'), 30 << 20)
  assert.equal(read(size).narHash?.length, 64, 'what is somewhat larger has a hash to be told')
  truncateSync(join(root, 'note'), 2 ** 41)
  const { narHash, failure } = read(size)
  assert.deepEqual([narHash, failure?.kind], [undefined, 'large'])
  assert.equal(faultOfFailure(failure!, []).rule, 'store/hash-mismatch')
})

test('a clock that was set back or forward does not make a changed file unread', () => {
  const root = tree()
  const sealed = sealOf(root)
  const first = check(root, sealed, 3)
  chmodSync(join(root, 'note'), 0o444)
  const { records } = first.faults.length > 0 ? check(root, sealed, 3) : first
  writeFileSync(join(root, 'bin/tool'), 'evil\n')
  // The modification time is anybody's to set; the change time is the kernel's.
  execFileSync('touch', ['-d', '@1', join(root, 'bin/tool')])
  assert.ok(rulesOf(check(root, sealed, 0, records)).includes('store/seal-content'))
})

test('a walk tells untouched from touched, whatever the names are', () => {
  const root = tree()
  const odd = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x41])])
  mkdirSync(odd)
  writeFileSync(Buffer.concat([odd, Buffer.from('/file')]), 'odd')
  writeFileSync(join(root, 'bin/ä'), 'umlaut')
  const place = bytePath(root)
  const read = (): Float64Array => {
    const watcher = new SealWatcher()
    new TreeReader().read(place, () => {}, watcher)
    return watcher.end().records
  }
  const fresh = read()
  // What was written a moment ago could change again without its times telling.
  assert.equal(walkUntouched(place, fresh), undefined)
  const known = fresh.map((value, at) => (at % RECORD === STATE_AT ? STATE.good : value))
  const { files, unread } = walkUntouched(place, known)!
  assert.deepEqual([files, unread], [4, 0])
  const never = known.map((value, at) => (at % RECORD === STATE_AT ? STATE.unread : value))
  assert.equal(walkUntouched(place, never)!.unread, 4)
  for (const other of [known.subarray(0, -RECORD), Float64Array.of(...known, ...known.subarray(0, RECORD))]) {
    assert.equal(walkUntouched(place, other), undefined)
  }
  for (let at = 0; at < known.length; at++) {
    if (at % RECORD === STATE_AT) continue
    const changed = known.slice()
    changed[at]! += 1
    assert.equal(walkUntouched(place, changed), undefined, `number ${at}`)
  }
  unlinkSync(join(root, 'link'))
  assert.equal(walkUntouched(place, known), undefined)
  assert.equal(walkUntouched(bytePath(join(root, 'nowhere')), known), undefined)
})

const root = process.getuid?.() === 0 && existsSync('/dev/loop-control')

/** File systems that know when a block is not what was written: how one is made of a folder, and where its contents lie. */
const CHECKED: readonly {
  name: string
  program: string
  packed: string
  make: (from: string, image: string) => void
}[] = [
  {
    name: 'squashfs',
    program: 'mksquashfs',
    packed: 'squashfs-tools',
    make: (from, image) =>
      void execFileSync('mksquashfs', [from, image, '-quiet', '-no-progress', '-noappend', '-comp', 'gzip'], {
        stdio: 'ignore',
      }),
  },
  {
    name: 'btrfs',
    program: 'mkfs.btrfs',
    packed: 'btrfs-progs',
    make: (from, image) => {
      writeFileSync(image, '')
      truncateSync(image, 128 << 20)
      execFileSync('mkfs.btrfs', ['-q', '--rootdir', from, image], { stdio: 'ignore' })
    },
  },
]

for (const { name, program, packed, make } of CHECKED) {
  const skip = root && hasProgram(program) ? false : `needs root, loop devices and ${program} (${packed})`
  test(`blocks that ${name} cannot give are told, what stands beside them is looked at, and nothing is taken for whole`, {
    skip,
  }, (t) => {
    const source = tree()
    const digits = noise(300_000)
    writeFileSync(join(source, 'noise'), digits)
    writeFileSync(join(source, 'other'), 'x'.repeat(5000))
    const sealed = sealOf(source)
    writeFileSync(join(source, 'other'), 'y'.repeat(5000))
    const image = join(folder, `damaged.${name}`)
    make(source, image)
    const bytes = readFileSync(image)
    // Where it is packed, contents begin behind the superblock, 96 bytes.
    const plain = bytes.indexOf(digits.slice(100_000, 100_100))
    bytes.fill(0xff, plain < 0 ? 50_000 : plain, (plain < 0 ? 50_000 : plain) + 10_000)
    writeFileSync(image, bytes)
    const at = join(folder, `mounted-${name}`)
    mkdirSync(at)
    const { status, stderr } = spawnSync('mount', ['-o', 'loop,ro', image, at], { encoding: 'utf8' })
    if (status !== 0) return t.skip(`this kernel does not mount it: ${stderr}`)
    try {
      const { narHash, failure } = verify(at)
      assert.deepEqual([narHash, failure?.kind, failure?.code], [undefined, 'unreadable', 'EIO'])
      const found = check(at, sealed, 3)
      assert.deepEqual(rulesOf(found), ['store/unreadable', 'store/seal-content'])
      assert.deepEqual(found.faults[0]?.evidence, [`${at}/noise: EIO`])
      assert.deepEqual(found.faults[1]?.evidence, [`${at}/other`])
    } finally {
      execFileSync('umount', [at])
    }
  })
}

/** Hexadecimal digits that repeat nowhere, the same each time: squashfs packs them, and notices damage. */
function noise(size: number): string {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
  return cipher.update(Buffer.alloc(size)).toString('hex')
}

function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

test('attributes that cannot be asked for are told as what cannot be read', {
  skip: systemCalls() === undefined ? 'needs a Node with node:ffi' : false,
}, () => {
  const facts = new TreeFacts({ uid }, true)
  const gone = bytePath(join(folder, 'collected meanwhile'))
  const stat = lstatSync(folder)
  for (const ask of [
    () => facts.directory(gone, stat),
    () => facts.symlink(gone, stat),
    () => facts.file(gone, stat, 9999),
  ]) {
    assert.throws(ask, (error) => error instanceof TreeError && error.kind === 'unreadable' && error.place === gone)
  }
})

test('whatever stands in .links is hashed or told, and what is gone is nothing', () => {
  const links = join(folder, 'links')
  mkdirSync(links)
  const odd = Buffer.concat([Buffer.from(`${links}/`), Buffer.from([0xff, 0x41])])
  writeFileSync(odd, 'odd')
  execFileSync('mkfifo', [join(links, 'pipe')])
  const names = ['\xffA', 'pipe', 'gone']
  const settings = { owner: { uid }, xattrs: false }
  const look = (place: string) =>
    drain(checkLinks({ folder: bytePath(place), names, largest: 1000 }, new PathChecker(settings, () => {})))
  const told = ({ faults }: LinkResult) =>
    faults
      .filter(({ fault }) => fault.rule === 'store/link-poisoned' || fault.rule === 'store/unreadable')
      .map(({ name, fault }) => [name, fault.rule])
  assert.deepEqual(told(look(links)), [
    ['\xffA', 'store/link-poisoned'],
    ['pipe', 'store/unreadable'],
  ])
  // A file of terabytes that holds nothing is no reason to read for hours.
  writeFileSync(join(links, 'sparse'), '')
  truncateSync(join(links, 'sparse'), 2 ** 42)
  const { faults } = drain(
    checkLinks({ folder: bytePath(links), names: ['sparse'], largest: 1000 }, new PathChecker(settings, () => {})),
  )
  assert.match(faults.at(-1)!.fault.message, /larger than any path/)
  // A file where the folder was: nothing in it can be looked at, which is not the same as gone.
  assert.deepEqual(
    told(look(join(links, 'pipe'))).map(([, rule]) => rule),
    names.map(() => 'store/unreadable'),
  )
})

test('a device is not opened', { skip: uid === 0 ? false : 'only root makes devices' }, () => {
  const root = tree()
  execFileSync('mknod', [join(root, 'null'), 'c', '1', '3'])
  assert.equal(statSync(join(root, 'null')).mode & constants.S_IFMT, constants.S_IFCHR)
  assert.equal(verify(root).failure?.kind, 'type')
})
