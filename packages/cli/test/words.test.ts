import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { nearest } from '../src/nearest.ts'
import { describeAge, parseAge } from '../src/scan/age.ts'
import { countOf, generationOf } from '../src/store/words.ts'

test('an age is a number and a unit', () => {
  assert.equal(parseAge('90m'), 90 * 60_000)
  assert.equal(parseAge('12h'), 12 * 3_600_000)
  assert.equal(parseAge('7d'), 7 * 86_400_000)
  assert.equal(parseAge('2w'), 14 * 86_400_000)
  for (const text of ['', '7', 'd', '-1d', '1.5d', '7 d', '7days', '9999999d']) {
    assert.throws(() => parseAge(text), UserError, text)
  }
})

test('an age in words is in the largest unit that fits, never more than it is', () => {
  assert.equal(describeAge(0), '0 minutes')
  assert.equal(describeAge(60_000), '1 minute')
  assert.equal(describeAge(3_600_000), '1 hour')
  assert.equal(describeAge(47 * 3_600_000), '47 hours')
  assert.equal(describeAge(48 * 3_600_000), '2 days')
  assert.equal(describeAge(-5000), '0 minutes', 'a clock that was set back')
  const unit = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }
  fc.assert(
    fc.property(fc.nat({ max: 400 * 86_400_000 }), (age) => {
      const [count, word] = describeAge(age).split(' ')
      const size = unit[word!.replace(/s$/, '') as keyof typeof unit]
      assert.ok(Number(count) * size <= age && age < (Number(count) + 1) * size)
    }),
  )
})

test('the nearest word: letters swapped, left out, put in', () => {
  const known = ['--from', '--format', '--fail-on', '--system', '--store']
  assert.equal(nearest('--fromat', known), '--format')
  assert.equal(nearest('--sytsem', known), '--system')
  assert.equal(nearest('--fom', known), '--from')
  assert.equal(nearest('--faill-on', known), '--fail-on')
  fc.assert(fc.property(fc.constantFrom(...known), (word) => assert.equal(nearest(word, known), word)))
})

test('a generation is any number, how many is one from 1 to 999', () => {
  assert.equal(countOf('--workers', undefined), undefined)
  assert.equal(countOf('--workers', '999'), 999)
  for (const word of ['0', '00', '1000', '-1', '1.5', '', 'x'])
    assert.throws(() => countOf('--workers', word), /no number from 1 to 999/, word)
  assert.equal(generationOf('--least', '0'), 0)
  assert.equal(generationOf('--least', '123456789012345'), 123456789012345)
  for (const word of ['-1', '1.5', '', 'x', '1234567890123456'])
    assert.throws(() => generationOf('--least', word), /no generation/, word)
})
