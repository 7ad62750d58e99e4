import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { parseSnapshot, printSnapshot, type Snapshot, snapshotDigest } from '../src/collect/snapshot.ts'
import { aSnapshot } from './snapshots.ts'

const text = fc.string({ maxLength: 12 })
const snapshots: fc.Arbitrary<Snapshot> = fc.record({
  schema: fc.constant('firn/snapshot/1' as const),
  storeDir: text,
  kind: fc.constantFrom('runtime', 'buildtime'),
  roots: fc.array(text),
  paths: fc.uniqueArray(
    fc.record(
      { path: text, name: text, deriver: text, references: fc.array(text), narHash: text, narSize: fc.nat(), ca: text },
      { requiredKeys: ['path', 'name', 'references', 'narHash', 'narSize'] },
    ),
    { selector: (path) => path.path },
  ),
  derivations: fc.uniqueArray(
    fc.record(
      {
        path: text,
        name: text,
        pname: text,
        version: text,
        system: text,
        outputs: fc.dictionary(text, text),
        fixedOutput: fc.boolean(),
        patches: fc.array(text),
        sources: fc.array(text),
      },
      { requiredKeys: ['path', 'name', 'system', 'outputs', 'fixedOutput', 'patches', 'sources'] },
    ),
    { selector: (derivation) => derivation.path },
  ),
})

test('what is printed is read again, and printed the same', () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const printed = printSnapshot(snapshot)
      assert.equal(printSnapshot(parseSnapshot(printed)), printed)
    }),
  )
})

test('the order of paths, references and roots changes nothing', () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const turned = {
        ...snapshot,
        roots: snapshot.roots.toReversed(),
        paths: snapshot.paths.toReversed().map((path) => ({ ...path, references: path.references.toReversed() })),
        derivations: snapshot.derivations.toReversed(),
      }
      assert.equal(snapshotDigest(turned), snapshotDigest(snapshot))
    }),
  )
})

test('a changed, cut or newer file is refused with the reason', () => {
  const printed = printSnapshot(aSnapshot())
  assert.throws(() => parseSnapshot(printed.replace('"narSize":100', '"narSize":101')), /digest/)
  assert.throws(() => parseSnapshot(printed.slice(0, -20)), /cut short/)
  assert.throws(() => parseSnapshot(printed.replace('snapshot/1', 'snapshot/2')), /snapshot\/2/)
  assert.throws(() => parseSnapshot(printed.replace('"narSize":100', '"narSize":-1')), /narSize is not a size/)
  for (const input of ['null', '[]', '{}', '"x"', '{"schema":"firn/snapshot/1"}']) {
    assert.throws(() => parseSnapshot(input), UserError)
  }
})
