import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { parseNvdPage } from '../src/index.ts'
import { damaged } from './damage.ts'
import { fixture } from './fixtures.ts'

const page = fixture('nvd-page.json')

test('a page of the API: records in its own shape, what is no CVE counted', () => {
  const { records, skipped, dirt, ...about } = parseNvdPage(page)
  assert.deepEqual(about, { timestamp: '2025-11-02T10:00:00.000', totalResults: 5, startIndex: 0 })
  assert.equal(skipped, 2)
  assert.deepEqual(
    records.map(({ id, vulnStatus }) => [id, vulnStatus]),
    [
      ['CVE-2025-99001', 'Analyzed'],
      ['CVE-2025-99002', 'Rejected'],
      ['CVE-2025-99003', '7'],
    ],
  )
  const [first, , third] = records
  assert.equal(first!.configurations![0]!.operator, 'AND')
  assert.equal(first!.configurations![0]!.nodes![1]!.cpeMatch![0]!.vulnerable, false)
  assert.equal(first!.metrics!.cvssMetricV31![0]!.cvssData.vectorString, 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H')
  assert.equal(first!.metrics!.cvssMetricV2!.length, 1)
  assert.deepEqual(first!.cveTags, [{ sourceIdentifier: 'cna@example.org', tags: ['disputed'] }])
  assert.equal(third!.descriptions![0]!.value, 'with  inside')
  assert.deepEqual(third!.configurations, [{ nodes: [{ cpeMatch: [{ criteria: 'cpe:2.3:a:x:y:*:*:*:*:*:*:*:*' }] }] }])
  assert.deepEqual([dirt.nul, dirt.coerced, dirt.dropped], [1, 1, 4])
})

test('what is no page of format 2 is refused', () => {
  for (const [text, message] of [
    ['{}', /no NVD page/],
    ['[]', /no NVD page/],
    ['null', /no NVD page/],
    ['{"vulnerabilities":{}}', /no NVD page/],
    ['{"version":"1.1","vulnerabilities":[]}', /NVD format 1.1 is not known/],
    ['{"version":"2.0","vulnerabilities":[', /no valid JSON/],
  ] as const) {
    assert.throws(
      () => parseNvdPage(text),
      (error) => error instanceof UserError && message.test(error.message),
    )
  }
  assert.deepEqual(parseNvdPage('{"vulnerabilities":[]}').records, [])
})

test('a page that is damaged anywhere is read or refused', () => {
  fc.assert(
    fc.property(damaged([page]), (text) => {
      try {
        const { records, skipped } = parseNvdPage(text)
        assert.equal(records.length + skipped, JSON.parse(text).vulnerabilities.length)
        for (const { id } of records) assert.match(id, /^CVE-/)
      } catch (error) {
        assert.ok(error instanceof UserError, String(error))
      }
    }),
    { numRuns: 500 },
  )
})
