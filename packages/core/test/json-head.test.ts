import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonHead } from '../src/index.ts'

const shown = (text: string) => {
  const head = jsonHead(text)
  return head && { keys: Object.fromEntries(head.keys), inner: [...head.inner] }
}

test('outer keys with their strings, and the keys of the first object in it', () => {
  assert.deepEqual(shown('{"a":"x","b":{"c":1,"d":{"e":2}},"f":{"g":1},"h":[{"i":1}]}'), {
    keys: { a: 'x', b: '', f: '', h: '' },
    inner: ['c', 'd'],
  })
})

test('white space, a byte order mark and quotes within strings do not mislead', () => {
  assert.deepEqual(shown('\ufeff \n{ "a" : "}\\"{" ,\n "b" : 1 }'), { keys: { a: '}\\"{', b: '' }, inner: [] })
})

test('what comes after the object is not read', () => {
  assert.deepEqual(shown('{"attr":"a"}\n{"b":1}'), { keys: { attr: 'a' }, inner: [] })
})

test('no object, no head', () => {
  for (const text of ['', '[1]', 'PK\u0003\u0004', '<html>', '"a"']) assert.equal(jsonHead(text), undefined)
})

test('any JSON object shows all its keys, and cut off anywhere a beginning of them', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (value, cut) => {
        const text = JSON.stringify(value)
        const keys = Object.keys(JSON.parse(text)).map((key) => JSON.stringify(key).slice(1, -1))
        assert.deepEqual([...jsonHead(text)!.keys.keys()], keys)
        const some = jsonHead(text.slice(0, 1 + Math.floor(cut * text.length)))
        assert.deepEqual([...some!.keys.keys()], keys.slice(0, some!.keys.size))
      },
    ),
  )
})
