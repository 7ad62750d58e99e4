import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { count } from '../src/count.ts'

test('numbers are grouped as English has them', () => {
  assert.deepEqual([0, 999, 1000, 87_310, 1_234_567.4].map(count), ['0', '999', '1,000', '87,310', '1,234,567'])
  fc.assert(fc.property(fc.nat(2 ** 40), (n) => assert.equal(count(n), n.toLocaleString('en-GB'))))
})
