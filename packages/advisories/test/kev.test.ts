import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { parseKev } from '../src/index.ts'
import { damaged } from './damage.ts'
import { fixture } from './fixtures.ts'

const catalogue = fixture('kev.json')

test('the catalogue of known exploited vulnerabilities', () => {
  const { entries, ...about } = parseKev(catalogue)
  assert.equal(about.catalogVersion, '2025.08.25')
  assert.equal(about.dateReleased, '2025-08-25T17:04:19.9796Z')
  assert.equal(about.skipped, 0)
  assert.deepEqual(
    entries.map(({ cveId, dateAdded, dueDate, ransomware }) => [cveId, dateAdded, dueDate, ransomware]),
    [
      ['CVE-2025-48384', '2025-08-25', '2025-09-15', false],
      ['CVE-2025-49704', '2025-07-22', '2025-07-23', true],
      ['CVE-2021-44228', '2021-12-10', '2021-12-24', true],
    ],
  )
  assert.equal(entries[0]!.vendorProject, 'Git')
  assert.equal(entries[0]!.name, 'Git Link Following Vulnerability')
  assert.equal(entries[0]!.notes.length, 6)
  assert.equal(entries[0]!.notes[5], 'https://nvd.nist.gov/vuln/detail/CVE-2025-48384')
})

test('entries without a CVE id are counted, and foreign documents refused', () => {
  const some = '{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2024-0001","notes":""},{"cveID":"x"},null,7,{}]}'
  const { entries, skipped } = parseKev(some)
  assert.deepEqual([entries.length, skipped], [1, 4])
  assert.deepEqual(entries[0]!.notes, [])
  for (const text of ['{}', '[]', 'null', '{"catalogVersion":"1"}', '{"vulnerabilities":[]}', '{']) {
    assert.throws(() => parseKev(text), UserError)
  }
})

test('a catalogue that is damaged anywhere is read or refused', () => {
  fc.assert(
    fc.property(damaged([catalogue]), (text) => {
      try {
        const { entries } = parseKev(text)
        for (const { notes, ransomware } of entries) assert.ok(Array.isArray(notes) && typeof ransomware === 'boolean')
      } catch (error) {
        assert.ok(error instanceof UserError, String(error))
      }
    }),
    { numRuns: 300 },
  )
})
