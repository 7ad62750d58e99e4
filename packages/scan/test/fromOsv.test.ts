import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advisoryFromOsv, decide } from '../src/index.ts'

type Event = Readonly<Record<string, string>>

const MODIFIED = '2024-01-01T00:00:00Z'

/** Which of these versions one range of an OSV record says are affected. */
function affected(events: readonly Event[], ...versions: readonly string[]): string[] {
  const ranges = [{ type: 'SEMVER', events } as const]
  const advisory = advisoryFromOsv({
    id: 'GHSA-aaaa-bbbb-cccc',
    modified: MODIFIED,
    affected: [{ package: { name: 'frob', ecosystem: 'npm' }, ranges }],
  })
  const component = (version: string) => ({
    name: `frob-${version}`,
    pname: 'frob',
    version,
    sources: [`https://registry.npmjs.org/frob/-/frob-${version}.tgz`],
  })
  return versions.filter((version) => decide(component(version), advisory).verdict === 'affected')
}

test('events open and close ranges: fixed and limit are outside of them, last_affected is inside', () => {
  const versions = ['0.9.0', '1.0.0', '1.4.0', '1.5.0', '1.5.1', '2.0.0', '2.1.0'] as const
  const of = (...events: Event[]) => affected(events, ...versions).join(' ')
  assert.equal(of({ introduced: '1.0.0' }, { fixed: '1.5.0' }), '1.0.0 1.4.0')
  assert.equal(of({ introduced: '1.0.0' }, { limit: '1.5.0' }), '1.0.0 1.4.0')
  assert.equal(of({ introduced: '1.0.0' }, { last_affected: '1.5.0' }), '1.0.0 1.4.0 1.5.0')
  assert.equal(of({ introduced: '0' }, { last_affected: '1.0.0' }), '0.9.0 1.0.0')
  assert.equal(of({ last_affected: '1.0.0' }), '0.9.0 1.0.0')
  assert.equal(of({ introduced: '2.0.0' }), '2.0.0 2.1.0')
  const two = [{ introduced: '0' }, { fixed: '1.0.0' }, { introduced: '1.5.1' }, { last_affected: '2.0.0' }]
  assert.equal(of(...two), '0.9.0 1.5.1 2.0.0')
  assert.equal(of({ introduced: '1.5.0' }, { introduced: '2.1.0' }), '1.5.0 1.5.1 2.0.0 2.1.0')
})

test('a record that was withdrawn accuses nobody', () => {
  const affectedAll = [{ package: { name: 'frob', ecosystem: 'npm' }, versions: ['1.0.0'] }]
  const record = { id: 'GHSA-aaaa-bbbb-cccc', modified: MODIFIED, aliases: ['CVE-2024-0001'], affected: affectedAll }
  assert.equal(advisoryFromOsv(record).statements.length, 1)
  const withdrawn = advisoryFromOsv({ ...record, withdrawn: MODIFIED })
  assert.deepEqual([withdrawn.id, withdrawn.rejected, withdrawn.statements], ['CVE-2024-0001', true, []])
})
