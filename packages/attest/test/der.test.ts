import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  DerReader,
  derBoolean,
  derCount,
  derFlags,
  derInteger,
  derOid,
  derText,
  derTime,
  derWrite,
  parseDer,
  parseDerPrefix,
  TAG,
} from '../src/index.ts'

const { boolean, der, flagString, integer, octetString, oid, sequence, setOf, time, utf8String } = derWrite
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const parse = (hex: string) => parseDer(bytes(hex), 'value')

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 600n }), (n) => derInteger(parseDer(integer(n), 'n'), 'n') === n),
  )
  const arc = fc.tuple(
    fc.integer({ min: 0, max: 2 }),
    fc.integer({ min: 0, max: 39 }),
    fc.array(fc.nat(), { maxLength: 8 }),
  )
  fc.assert(
    fc.property(arc, ([root, second, rest]) => {
      const dotted = [root, second, ...rest].join('.')
      assert.equal(derOid(parseDer(oid(dotted), 'oid'), 'oid'), dotted)
    }),
  )
  fc.assert(
    fc.property(fc.date({ min: new Date('1950-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const whole = new Date(Math.floor(date.getTime() / 1000) * 1000)
      assert.deepEqual(derTime(parseDer(time(whole), 'time'), 'time'), whole)
    }),
  )
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 8 })), (bits) => {
      const has = derFlags(parseDer(flagString(...bits), 'flags'), 'flags')
      for (let bit = 0; bit < 12; bit++) assert.equal(has(bit), bits.includes(bit))
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), (content) => {
      assert.deepEqual(Buffer.from(parseDer(octetString(content), 's').content), Buffer.from(content))
    }),
    { numRuns: 30 },
  )
})

test('known encodings', () => {
  assert.deepEqual(Buffer.from(oid('1.2.840.113549.1.7.2')), bytes('06 09 2a 86 48 86 f7 0d 01 07 02'))
  assert.deepEqual(Buffer.from(integer(128)), bytes('02 02 00 80'))
  assert.deepEqual(Buffer.from(flagString(0)), bytes('03 02 07 80'))
  assert.deepEqual(Buffer.from(flagString(5, 6)), bytes('03 02 01 06'))
  assert.deepEqual(Buffer.from(boolean(true)), bytes('01 01 ff'))
  assert.deepEqual(Buffer.from(setOf(integer(2), integer(1))), bytes('31 06 02 01 01 02 01 02'))
  assert.equal(Buffer.from(time(new Date('2049-12-31T23:59:59Z'))).toString('latin1', 2), '491231235959Z')
  assert.equal(Buffer.from(time(new Date('2050-01-01T00:00:00Z'))).toString('latin1', 2), '20500101000000Z')
  assert.equal(derText(parse('1e 04 00 41 20 ac'), 'text'), 'A€')
  assert.equal(derText(parseDer(utf8String('grüß'), 'text'), 'text'), 'grüß')
  assert.equal(derInteger(parse('02 01 ff'), 'n'), -1n)
})

test('what BER allows and DER does not is refused', () => {
  for (const [hex, why] of [
    ['30 80 00 00', /length that DER does not allow/],
    ['04 81 01 00', /shortest form/],
    ['04 82 00 80', /shortest form/],
    ['04 85 01 00 00 00 00', /length that DER does not allow/],
    ['1f 81 01 00', /tag of more than one byte/],
    ['04 02 00', /cut off/],
    ['04', /cut off/],
    ['', /cut off/],
    ['05 00 00', /1 bytes too many/],
  ] as const) {
    assert.throws(() => parse(hex), why, hex)
  }
  assert.throws(() => derInteger(parse('02 02 00 7f'), 'n'), /shortest form/)
  assert.throws(() => derInteger(parse('02 02 ff ff'), 'n'), /shortest form/)
  assert.throws(() => derInteger(parse('02 00'), 'n'), /empty number/)
  assert.throws(() => derCount(parse('02 01 ff'), 'n'), /is -1/)
  assert.throws(() => derBoolean(parse('01 01 01'), 'b'), /truth value/)
  assert.throws(() => derOid(parse('06 02 80 01'), 'oid'), /shortest form/)
  assert.throws(() => derOid(parse('06 01 81'), 'oid'), /cut off/)
  assert.throws(
    () => derTime(parseDer(der(TAG.utcTime, Buffer.from('230230000000Z')), 't'), 't'),
    /no time of any calendar/,
  )
  assert.throws(() => derTime(parseDer(der(TAG.utcTime, Buffer.from('2301010000Z')), 't'), 't'), /not a time in UTC/)
})

test('a reader goes value by value and says what is missing', () => {
  const reader = new DerReader(Buffer.concat([integer(5), octetString(Buffer.from('x'))]), 'thing')
  assert.equal(reader.optional(TAG.boolean, 'flag'), undefined)
  assert.equal(derCount(reader.next(TAG.integer, 'count'), 'count'), 5)
  assert.throws(() => reader.end(), /thing: 3 bytes too many/)
  assert.throws(() => reader.next(TAG.integer, 'other'), /thing: other has tag 0x04, not 0x02/)
  assert.throws(() => reader.next(TAG.integer, 'more'), /thing: more is missing or cut off/)
  const { end } = parseDerPrefix(Buffer.concat([sequence(integer(1)), new Uint8Array(3)]), 'padded')
  assert.equal(end, 5)
})
