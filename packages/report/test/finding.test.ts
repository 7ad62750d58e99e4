import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plain, reaches } from '../src/index.ts'

test('a level reaches itself and those below it: what --fail-on counts', () => {
  const levels = ['note', 'warning', 'error'] as const
  const reached = (threshold: (typeof levels)[number]) => levels.filter((level) => reaches(level, threshold))
  assert.deepEqual(reached('note'), ['note', 'warning', 'error'])
  assert.deepEqual(reached('warning'), ['warning', 'error'])
  assert.deepEqual(reached('error'), ['error'])
})

test('text of strangers is one line, and marks that would turn it around are shown', () => {
  assert.equal(plain('one\r\n\ttwo'), 'one two')
  for (const mark of ['\u0000', '\u0007', '\u007f', '\u009b', '\u200e', '\u202e', '\u2066', '\u2069']) {
    assert.match(plain(`a${mark}b`), /^a\ufffd?b?$/, JSON.stringify(mark))
    assert.ok(!plain(`a${mark}b`).includes(mark), JSON.stringify(mark))
  }
  assert.equal(plain('a\u001b[2Jb'), 'ab')
})
