import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonMember, jsonMembers } from '../src/index.ts'

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const cut = (text: string, path: readonly string[] = [], size = 7, limit = 1000) =>
  Array.fromAsync(jsonMembers(inPieces(text, size), path, 'file', limit))
const told = (members: readonly JsonMember[]) => members.map(({ key, bytes }) => [key, bytes.toString().trim()])

test('the members of any object are cut as they were written, however it is spaced and chunked', async () => {
  const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(object, fc.integer({ min: 1, max: 30 }), fc.nat(3), async (value, size, space) => {
      const members = await cut(JSON.stringify(value, null, space), [], size, 1e6)
      assert.deepEqual(
        members.map(({ key, bytes }) => [key, JSON.parse(bytes.toString())]),
        Object.entries(JSON.parse(JSON.stringify(value))),
      )
    }),
  )
})

test('a path leads to one object or list among others of the same name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 30 }), async (list, size) => {
      const decoy = { list: [1], at: { list: [2] } }
      const text = JSON.stringify({ decoy, list: decoy, at: { decoy, list, after: [decoy] }, end: decoy })
      const members = await cut(text, ['at', 'list'], size, 1e6)
      assert.deepEqual(
        members.map(({ key, bytes }) => [key, JSON.parse(bytes.toString())]),
        JSON.parse(JSON.stringify(list)).map((item: unknown) => [undefined, item]),
      )
    }),
  )
})

test('a member without a value, or with a broken one, does not hide those after it', async () => {
  assert.deepEqual(told(await cut('{"a": , "b":{"platforms": }, "c":[1,], "d": x"}"y, "e":1}')), [
    ['a', ''],
    ['b', '{"platforms": }'],
    ['c', '[1,]'],
    ['d', 'x"}"y'],
    ['e', '1'],
  ])
  assert.deepEqual(told(await cut('[ ]')), [])
  assert.deepEqual(told(await cut('{}')), [])
  assert.deepEqual(told(await cut('{"a\\"\\u0041":1}')), [['a"A', '1']])
})

test('what is cut short, foreign or too large is told after what came before it', async () => {
  const until = async (text: string, path: readonly string[] = [], limit = 1000) => {
    const seen: JsonMember[] = []
    try {
      for await (const member of jsonMembers(inPieces(text, 5), path, 'file', limit)) seen.push(member)
    } catch (error) {
      return [seen.length, (error as Error).message]
    }
    return [seen.length, 'whole']
  }
  assert.deepEqual(await until('{"a":1,"b":{"c'), [1, 'file: cut short'])
  assert.deepEqual(await until('{"a":"\\'), [0, 'file: cut short'])
  assert.deepEqual(await until(''), [0, 'file: empty'])
  assert.deepEqual(await until('<html>'), [0, 'file: no JSON object or list'])
  assert.deepEqual(await until('"text"'), [0, 'file: no JSON object or list'])
  assert.deepEqual(await until('12'), [0, 'file: no JSON object or list'])
  assert.deepEqual(await until('}'), [0, 'file: no JSON object or list'])
  assert.deepEqual(await until('{"a":1} {"b":2}'), [1, 'file: something follows the end of the JSON'])
  assert.deepEqual(await until('{"a":1}x'), [1, 'file: something follows the end of the JSON'])
  assert.deepEqual(await until('{"a":1}\n'), [1, 'whole'])
  assert.deepEqual(await until('{"a":1}', ['p', 'q']), [0, 'file: it has no p.q'])
  assert.deepEqual(await until('{"a":1,"b":"0123456789012","c":2}', [], 12), [1, 'file: a member of over 12 bytes'])
})
