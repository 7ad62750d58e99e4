import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { parseDirectory, printDirectory } from '../src/index/directory.ts'

const LINES = 1000
const blocks = [{ offset: 8, length: 10, size: 20, lines: LINES }]
const lists = fc.uniqueArray(fc.nat(LINES - 1), { maxLength: 5 }).map((list) => list.sort((a, b) => a - b))

test('each name gives its own advisories, whatever other names hash to; an unknown one gives none', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), lists, { maxKeys: 300 }), (named) => {
      const names = new Map(Object.entries(named))
      const directory = parseDirectory(printDirectory({ blocks, names }), 18)
      assert.deepEqual(directory.blocks, blocks)
      for (const [name, list] of names) assert.deepEqual(directory.under(name), list)
      assert.deepEqual(directory.under('none of five letters'), [])
    }),
  )
})

test('a directory that was changed is told, or gives advisories that there are', () => {
  const names = new Map(['curl', 'libcurl', 'openssl'].map((name, i) => [name, [i, i + 1]]))
  const whole = printDirectory({ blocks, names })
  for (let at = 0; at < whole.length; at++) {
    for (const bits of [1, 0x80, 0xff]) {
      const changed = Buffer.from(whole)
      changed[at]! ^= bits
      try {
        const directory = parseDirectory(changed, 18)
        const lines = directory.blocks.reduce((sum, block) => sum + block.lines, 0)
        for (const name of names.keys()) assert.ok(directory.under(name).every((number) => number < lines))
      } catch (error) {
        assert.ok(error instanceof UserError, `byte ${at}: ${error}`)
      }
    }
  }
})
