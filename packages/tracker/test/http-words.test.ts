import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VersionRow } from '@firn/scan'
import fc from 'fast-check'
import { guessCveId, parseCveId, parseName, parsePage, parseQuery } from '../src/http/params.ts'
import { ago, count, label, listed, rangeInWords } from '../src/http/words.ts'

const RANGES: readonly (readonly [Omit<VersionRow, 'status'>, string])[] = [
  [{ version: '3.0.0', lessThan: '3.0.15' }, 'from 3.0.0, before 3.0.15'],
  [{ version: '3.0.0', lessThanOrEqual: '3.0.14' }, 'from 3.0.0, up to and including 3.0.14'],
  [{ version: '0', lessThan: '2.1' }, 'before 2.1'],
  [{ lessThan: '2.1' }, 'before 2.1'],
  [{ version: 'n/a', lessThan: '2.1' }, 'before 2.1'],
  [{ version: 'unspecified' }, 'no version given'],
  [{}, 'no version given'],
  [{ version: '*' }, 'all versions'],
  [{ version: '0', lessThan: '*' }, 'all versions'],
  [{ version: '1.2', lessThan: '*' }, 'from 1.2 on'],
  [{ above: '1.2', lessThan: '1.4' }, 'after 1.2, before 1.4'],
  [{ above: '1.2' }, 'after 1.2'],
  [{ version: '>= 1.0, < 1.2.3' }, 'as written: >= 1.0, < 1.2.3'],
  [{ version: '5.6.1' }, '5.6.1'],
  [{ version: 'abc', lessThan: 'def', scheme: 'git' }, 'commits from abc, before def'],
  [
    { version: '4.0', lessThan: '*', changes: [{ at: '4.9.1', status: 'unaffected' }] },
    'from 4.0 on; from 4.9.1 on not affected',
  ],
]

test('a version range is said in words', () => {
  for (const [row, words] of RANGES) assert.equal(rangeInWords({ status: 'affected', ...row }), words)
})

test('an age is said in the largest whole unit', () => {
  const now = new Date('2024-07-20T12:00:00Z')
  assert.equal(ago('2024-07-20T11:59:30Z', now), 'just now')
  assert.equal(ago('2024-07-20T11:59:00Z', now), '1 minute ago')
  assert.equal(ago('2024-07-20T10:00:00Z', now), '2 hours ago')
  assert.equal(ago('2024-07-17', now), '3 days ago')
  assert.equal(ago('2022-01-01', now), '2 years ago')
  assert.equal(ago('2024-07-20T14:00:00Z', now), 'in 2 hours')
  assert.equal(ago('no date', now), 'at an unknown time')
})

test('numbers, lists and keys are words', () => {
  assert.equal(count(1, 'package'), '1 package')
  assert.equal(count(2310, 'package'), '2,310 packages')
  assert.equal(count(2, 'vulnerability', 'vulnerabilities'), '2 vulnerabilities')
  assert.equal(listed(['a', 'b', 'c']), 'a, b and c')
  assert.equal(listed([]), '')
  assert.equal(label('cve_records'), 'CVE records')
  assert.equal(label('knownExploited'), 'Known exploited')
})

test('a CVE id is known as people type it', () => {
  assert.equal(guessCveId('  cve 2024 3094 '), 'CVE-2024-3094')
  assert.equal(guessCveId('CVE_2024_3094'), 'CVE-2024-3094')
  assert.equal(guessCveId('cve-2024-3094 xz'), undefined)
  assert.equal(parseCveId('CVE-2024-309'), undefined)
  assert.equal(parseCveId(`CVE-2024-${'1'.repeat(20)}`), undefined)
})

test('parameters outside their bounds are refused', () => {
  for (const bad of ['0', '-1', '1.5', '', '1e3', '100000', ' 1']) assert.equal(parsePage(bad), undefined, bad)
  assert.equal(parsePage(undefined), 1)
  assert.equal(parsePage('99999'), 99_999)
  assert.equal(parseName('a\u0000b'), undefined)
  assert.equal(parseName(''), undefined)
  assert.equal(parseName('python3Packages.requests'), 'python3Packages.requests')
  assert.equal(parseQuery('x'.repeat(201)), undefined)
})

test('property: a query that is accepted has no control character and is at most 200 long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const query = parseQuery(text)
      if (query === undefined) return
      assert.ok(query.length <= 200)
      assert.doesNotMatch(query, /[\u0000-\u001f\u007f]/)
    }),
  )
})
