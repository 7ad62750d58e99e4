import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseCveRecord } from '@firn/advisories'
import { advisoryNames, decide } from '../src/index.ts'
import { advisoryFromCve } from '../src/match/fromCve.ts'
import { statementsFromText } from '../src/match/fromText.ts'
import { decideRange } from '../src/match/ranges.ts'

/** What is read of a text: `maker|product: rows`. */
const read = (text: string) =>
  statementsFromText(text, 'mitre', 'at').map(
    ({ vendor, product, versions }) =>
      `${vendor === undefined ? '' : `${vendor}|`}${product}: ${versions.map(({ version }) => version).join('; ')}`,
  )

test('a program and its versions are read from the first sentence that names one', () => {
  assert.deepEqual(read('Redmine before 4.2.11 and 5.0.x before 5.0.6 allows XSS in a Markdown formatter.'), [
    'Redmine: before 4.2.11; 5.0.x before 5.0.6',
  ])
  assert.deepEqual(
    read(
      'An issue was discovered in Python before 3.8.18, 3.9.x before 3.9.18, and 3.11.x before 3.11.5. It affects 2.7.',
    ),
    ['Python: before 3.8.18; 3.9.x before 3.9.18; 3.11.x before 3.11.5'],
  )
  assert.deepEqual(read('A heap overflow in r_sleb128 in radare2 v.5.8.9 and before exists.'), [
    'radare2: 5.8.9 and earlier',
  ])
  assert.deepEqual(read('A crash exists. The parser of libfrob 1.2 thru 1.4, when asked, fails.'), [
    'libfrob: 1.2 through 1.4',
  ])
  assert.deepEqual(read('Cadence through 0.9.2 2023-08-21 uses an Insecure file.'), ['Cadence: through 0.9.2'])
  assert.deepEqual(read('HiveOS through 0.6-102@191212 ships with keys.'), [])
  assert.deepEqual(read('DedeCMS up to and including 5.7.110 was discovered to have XSS.'), [
    'DedeCMS: through 5.7.110',
  ])
  assert.deepEqual(read('The NTFS handler in 7-Zip before 24.01 (for 7zz) contains an overflow.'), [
    '7-Zip: before 24.01',
  ])
  assert.deepEqual(read('FUXA <= 1.1.12 has a flaw.'), ['FUXA: <= 1.1.12'])
  assert.deepEqual(read('An issue was discovered with ImageMagick 7.1.0-4 via a crafted file.'), [
    'ImageMagick: 7.1.0-4',
  ])
  assert.deepEqual(read('XSS in a method in Ruby on Rails 5.1.4 and earlier exists.'), [
    'Ruby-on-Rails: 5.1.4 and earlier',
  ])
  assert.deepEqual(read('An issue in Frobnicator below 3.5.3 allows XSS.'), ['Frobnicator: below 3.5.3'])
})

test('where the maker ends and the product begins is not said, so each division is a statement', () => {
  assert.deepEqual(read('In Artifex MuPDF 1.12.0 and earlier, multiple bugs exist.'), [
    'Artifex MuPDF: 1.12.0 and earlier',
    'Artifex|MuPDF: 1.12.0 and earlier',
  ])
  assert.deepEqual(read('A flaw in Mitel MiVoice Connect through 19.3 exists.'), [
    'Mitel MiVoice Connect: through 19.3',
    'Mitel|MiVoice Connect: through 19.3',
  ])
  assert.deepEqual(read('Overflow in binutils readelf before 2.40 via a file.').at(-1), 'binutils: before 2.40')
  assert.deepEqual(read('Overflow in Qt qtsvg versions 6.2 exists.'), ['Qt qtsvg: 6.2', 'Qt|qtsvg: 6.2'])
})

test('a second program is one that a comma or `and` adds', () => {
  assert.deepEqual(
    read(
      'Flaw in Oracle MySQL 5.6.29 and earlier and MariaDB before 5.5.49, 10.0.x before 10.0.25 allows users.',
    ).filter((each) => !each.includes('|')),
    ['Oracle MySQL: 5.6.29 and earlier', 'MariaDB: before 5.5.49; 10.0.x before 10.0.25'],
  )
  assert.deepEqual(read('A flaw in Tengine 2.2.2 developed in the Nginx version 1.13.2 exists.'), ['Tengine: 2.2.2'])
})

test('the fixes that a text lists, one a branch, are not affected', () => {
  const [statement] = statementsFromText(
    'An issue was discovered in Ruby 3.x through 3.3.0. Memory leaks. The fixed versions are 3.0.7, 3.1.5, and 3.3.1.',
    'mitre',
    'at',
  )
  const status = (text: string) => decideRange(statement!, { text, snapshot: false }).status
  assert.deepEqual(['3.1.4', '3.1.5', '3.1.6', '3.2.0', '3.3.1'].map(status), [
    'affected',
    'unaffected',
    'unaffected',
    'affected',
    'unaffected',
  ])
})

test('what is no subject, or packed by a distribution, is not read', () => {
  for (const text of [
    'A flaw in the Foo plugin for Bar 1.2 exists.',
    'A flaw was found, as used in products with Frob 1.2.',
    'A flaw in the Amazon Linux packages of OpenSSH 7.4 exists.',
    'Version 1.2 is affected.',
    'In the module "Make an offer" (makeanoffer) <= 1.7.1 a guest can inject SQL.',
    'This was exploited from August through October 2023.',
    '',
  ])
    assert.deepEqual(read(text), [], text)
})

test('only records that name no product anywhere are read so, and are found by their names', () => {
  const whole = parseCveRecord(
    readFileSync(new URL('../../../fixtures/store/cves/CVE-2023-41330.json', import.meta.url)),
  ).record
  const cna = {
    ...whole.containers.cna,
    descriptions: [{ lang: 'en', value: 'Frobd before 1.2.3 allows a crash.' }],
  }
  const none = [{ vendor: 'n/a', product: 'n/a', versions: [{ version: 'n/a', status: 'affected' as const }] }]
  const silent = advisoryFromCve({ ...whole, containers: { cna: { ...cna, affected: none, references: [] } } })
  assert.deepEqual(advisoryNames(silent), ['frobd'])
  const verdict = (version: string) => decide({ name: `frobd-${version}`, pname: 'frobd', version }, silent).verdict
  assert.deepEqual([verdict('1.2.2'), verdict('1.2.3')], ['affected', 'not_affected'])
  const { evidence } = decide({ name: 'frobd-1.2.2', pname: 'frobd', version: '1.2.2' }, silent)
  assert.deepEqual([...new Set(evidence.map(({ source }) => source))], ['containers.cna.descriptions'])
  const named = advisoryFromCve({ ...whole, containers: { cna } })
  assert.ok(named.statements.every(({ source }) => source !== 'text'))
})
