import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { parseOsvRecord } from '../src/index.ts'
import { damaged } from './damage.ts'
import { fixture, fixtures } from './fixtures.ts'

const records = fixtures('osv')

test('real records are read without loss', () => {
  for (const name of ['GO-2022-0617', 'GO-2024-2666', 'GO-2026-4779']) {
    const bytes = fixture(`osv/${name}.json`)
    const { record, dirt } = parseOsvRecord(bytes)
    assert.deepEqual(record, JSON.parse(bytes.toString()))
    assert.deepEqual([dirt.nul, dirt.text, dirt.coerced, dirt.dropped], [0, 0, 0, 0])
  }
  const { record } = parseOsvRecord(fixture('osv/GO-2024-2666.json'))
  assert.deepEqual(record.affected![0]!.ranges![0]!.events!.slice(0, 3), [
    { introduced: '0' },
    { fixed: '1.13.14' },
    { introduced: '1.14.0' },
  ])
})

test('dirt is put right: NUL, a number for an alias, a range of an unknown kind, a package without ecosystem', () => {
  const { record, dirt } = parseOsvRecord(fixture('osv/EXAMPLE-2025-1.json'))
  assert.equal(record.summary, 'A made-up flaw')
  assert.deepEqual(record.aliases, ['CVE-2025-99001', 'GHSA-2222-3333-4444', '7'])
  assert.deepEqual(
    record.affected!.map(({ package: about, ranges }) => [about?.name, ranges?.map(({ type }) => type)]),
    [
      ['frobnicate', ['ECOSYSTEM', 'GIT']],
      [undefined, undefined],
    ],
  )
  assert.deepEqual([dirt.nul, dirt.coerced, dirt.dropped], [1, 1, 3])
})

test('what is no record of schema 1 is refused', () => {
  for (const [text, message] of [
    ['{}', /no OSV record/],
    ['[]', /no OSV record/],
    ['{"id":"GO-1"}', /no OSV record/],
    ['{"id":"../../etc","modified":"2024-01-01T00:00:00Z"}', /no OSV record/],
    ['{"id":"GO-1","modified":"2024-01-01T00:00:00Z","schema_version":"2.0.0"}', /GO-1: unknown OSV schema 2.0.0/],
    ['{"id":', /no valid JSON/],
  ] as const) {
    assert.throws(
      () => parseOsvRecord(text),
      (error) => error instanceof UserError && message.test(error.message),
    )
  }
  assert.equal(parseOsvRecord('{"id":"GO-1","modified":"2024-01-01T00:00:00Z"}').record.id, 'GO-1')
})

test('a record that is damaged anywhere is read or refused; what is read stays as it is', () => {
  fc.assert(
    fc.property(damaged(records), (text) => {
      try {
        const { record } = parseOsvRecord(text)
        assert.deepEqual(parseOsvRecord(JSON.stringify(record)).record, record)
      } catch (error) {
        assert.ok(error instanceof UserError, String(error))
      }
    }),
    { numRuns: 500 },
  )
})
