import assert from 'node:assert/strict'
import { chmodSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bytePath, TreeReader } from '@firn/nix'
import { transfersOf } from '../src/check/job.ts'
import { noCounts, TreeCheck } from '../src/check/tree-check.ts'
import { GrowingText } from '../src/seal/growing-text.ts'
import { type SealedTree, SealWatcher } from '../src/seal/seal-watcher.ts'
import { newDigestMemory, SharedDigests } from '../src/seal/shared-digests.ts'
import { RECORD } from '../src/seal/stat-record.ts'
import { TreeText } from '../src/seal/tree-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-records-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** A store path as Nix leaves it: nothing is told of it, so that it is remembered. */
function tree(name: string, files: number): string {
  const root = join(folder, name)
  mkdirSync(root)
  symlinkSync('0', join(root, 'link'))
  lutimesSync(join(root, 'link'), 1, 1)
  for (let file = 0; file < files; file++) {
    const path = join(root, String(file))
    writeFileSync(path, path, { mode: 0o444 })
    utimesSync(path, 1, 1)
  }
  chmodSync(root, 0o555)
  utimesSync(root, 1, 1)
  return root
}

test('what is remembered of a path stays while the same thread goes on to the next, and holds nothing else', () => {
  const roots = [tree('small', 2), tree('large', 100), tree('other', 3)]
  const text = new GrowingText()
  const sealed = roots.map((root): SealedTree => {
    const watcher = new SealWatcher(undefined, undefined, text)
    new TreeReader().read(bytePath(root), () => {}, watcher)
    return watcher.end()
  })
  const owner = { uid: process.getuid?.() ?? 0 }
  const look = { level: 3, turn: 0, of: 1, owner, xattrs: false } as const
  const checker = new TreeCheck(look, new SharedDigests(newDigestMemory()), () => {})
  const checked = sealed.map((tree, at) => {
    const steps = checker.check(bytePath(roots[at]!), '/nix/store/x', new TreeText(tree.text), { number: 0 })
    for (;;) {
      const { done, value } = steps.next()
      if (done === true) return value
    }
  })
  for (const [at, root] of roots.entries()) {
    const alone = new SealWatcher()
    new TreeReader().read(bytePath(root), () => {}, alone)
    const { records: wanted, text: wantedText } = alone.end()
    assert.deepEqual(sealed[at]!.records, wanted)
    assert.deepEqual(sealed[at]!.text, wantedText)
    assert.deepEqual(checked[at]!.records, wanted)
    for (const kept of [sealed[at]!.records, sealed[at]!.text, checked[at]!.records]) {
      assert.equal(kept.buffer.byteLength, kept.byteLength)
    }
  }
})

test('records go to another thread without a copy; what holds nothing is not given away', () => {
  const reply = { at: 0, faults: [], counts: noCounts() }
  const records = new Float64Array(RECORD)
  assert.deepEqual(transfersOf({ ...reply, records }), [records.buffer])
  assert.deepEqual(transfersOf({ ...reply, records: new Float64Array(0) }), [])
  assert.deepEqual(transfersOf(reply), [])
})
