import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bytePath, TreeReader } from '@firn/nix'
import fc from 'fast-check'
import type { CheckLevel } from '../src/check/levels.ts'
import { TreeCheck, type TreeResult } from '../src/check/tree-check.ts'
import { SealWatcher } from '../src/seal/seal-watcher.ts'
import { newDigestMemory, SharedDigests } from '../src/seal/shared-digests.ts'
import { TreeText } from '../src/seal/tree-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-tree-check-'))
after(() => {
  execFileSync('chmod', ['-R', 'u+w', folder])
  rmSync(folder, { recursive: true, force: true })
})

const owner = { uid: process.getuid?.() ?? 0 }

/** All files read: node by node at level 1 where every file has its turn, at level 3 all at once if nothing differs. */
function check(
  root: string,
  text: Uint8Array,
  level: CheckLevel,
  known?: Float64Array,
  count: (bytes: number) => void = () => {},
): TreeResult {
  const look = { level, turn: 0, of: 1, owner, xattrs: true }
  const checker = new TreeCheck(look, new SharedDigests(newDigestMemory()), count)
  const steps = checker.check(bytePath(root), '/nix/store/x', new TreeText(text), {
    number: 0,
    ...(known !== undefined && { known }),
  })
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Other contents, with the mode and the time that Nix gives. */
function put(place: string, contents: string): void {
  chmodSync(place, 0o644)
  writeFileSync(place, contents)
  chmodSync(place, 0o444)
  utimesSync(place, 1, 1)
}

const CHANGES = {
  nothing: () => {},
  contents: (root: string) => put(join(root, 'b/2'), 'other bytes'),
  'contents of the same size': (root: string) => put(join(root, 'b/2'), 'c'.repeat(9000)),
  mode: (root: string) => chmodSync(join(root, 'a'), 0o555),
  writable: (root: string) => chmodSync(join(root, 'a'), 0o644),
  time: (root: string) => utimesSync(join(root, 'a'), 1, 500),
  stranger: (root: string) => writeFileSync(join(root, 'b/new'), ''),
  'stranger at the end': (root: string) => writeFileSync(join(root, 'z'), ''),
  gone: (root: string) => unlinkSync(join(root, 'b/1')),
  'last one gone': (root: string) => unlinkSync(join(root, 'link')),
  target: (root: string) => {
    unlinkSync(join(root, 'link'))
    symlinkSync('b', join(root, 'link'))
  },
  kind: (root: string) => {
    unlinkSync(join(root, 'a'))
    mkdirSync(join(root, 'a'))
  },
  all: (root: string) => rmSync(root, { recursive: true }),
  'only what is in it': (root: string) => {
    for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true })
  },
} as const

function makeTree(): string {
  const root = mkdtempSync(join(folder, 'root-'))
  mkdirSync(join(root, 'b'))
  writeFileSync(join(root, 'a'), '')
  writeFileSync(join(root, 'b/1'), 'x'.repeat(300_000))
  writeFileSync(join(root, 'b/2'), 'b'.repeat(9000))
  writeFileSync(join(root, 'b/run'), '#!', { mode: 0o755 })
  linkSync(join(root, 'b/1'), join(root, 'b/3'))
  symlinkSync('a', join(root, 'link'))
  for (const file of ['a', 'b/1', 'b/2']) chmodSync(join(root, file), 0o444)
  chmodSync(join(root, 'b/run'), 0o555)
  for (const file of ['a', 'b/1', 'b/2', 'b/run']) utimesSync(join(root, file), 1, 1)
  lutimesSync(join(root, 'link'), 1, 1)
  closeFolders(root)
  return root
}

/** As Nix leaves folders, so that nothing is told of a tree that was not changed. */
function closeFolders(root: string): void {
  for (const name of ['b', '.']) {
    if (!existsSync(join(root, name))) continue
    chmodSync(join(root, name), 0o555)
    utimesSync(join(root, name), 1, 1)
  }
}

function alter(root: string, change: (root: string) => void): void {
  for (const name of ['b', '.']) chmodSync(join(root, name), 0o755)
  change(root)
  closeFolders(root)
}

function seal(root: string): { text: Uint8Array; records: Float64Array } {
  const watcher = new SealWatcher()
  new TreeReader().read(bytePath(root), () => {}, watcher)
  return watcher.end()
}

test('what is read all at once and what is read node by node tell the same', () => {
  for (const [name, change] of Object.entries(CHANGES)) {
    const root = makeTree()
    const { text, records } = seal(root)
    alter(root, change)
    for (const known of [undefined, records, new Float64Array(0)]) {
      const [slow, quick] = [check(root, text, 1, known), check(root, text, 3, known)]
      assert.deepEqual(quick.faults, slow.faults, name)
      assert.deepEqual(quick.counts, slow.counts, name)
      assert.deepEqual(quick.records, slow.records, name)
      if (name !== 'nothing') continue
      assert.equal(quick.counts.bytes, 300_000 * 2 + 9000 + 2)
      assert.deepEqual(quick.faults, [])
      assert.ok(quick.records.length > 0)
    }
  }
})

test('what was not as sealed when it was read first is told, though the second look finds nothing', () => {
  const root = makeTree()
  const { text } = seal(root)
  const place = join(root, 'b/1')
  put(place, `y${'x'.repeat(299_999)}`)
  // Its beginning was read by then.
  const { faults, records } = check(root, text, 3, undefined, () => put(place, 'x'.repeat(300_000)))
  assert.deepEqual(
    faults.map(({ rule, evidence }) => [rule, evidence]),
    [['store/unreadable', [`${place}: it is not what was sealed`]]],
  )
  assert.equal(records.length, 0, 'it is read again the next time')
  assert.deepEqual(check(root, text, 3).faults, [])
})

test('a byte changed anywhere in a sealed tree is told when all of it is read', () => {
  const root = makeTree()
  const { text } = seal(root)
  const isOwn = ({ rule }: TreeResult['faults'][number]) => rule.startsWith('store/seal-')
  assert.deepEqual(check(root, text, 3).faults.filter(isOwn), [])
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const other = Uint8Array.from(text)
      other[at]! ^= flip
      let told: boolean
      try {
        told = check(root, other, 3).faults.some(isOwn)
      } catch {
        // No seal any more.
        told = true
      }
      assert.ok(told, `${at} ${flip}`)
    }),
    { numRuns: 300 },
  )
})
