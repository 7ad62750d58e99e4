import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOfSources } from '@firn/core/fs'

test('it changes with each source, its name and its place, and with nothing else', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-digest-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'deep'))
  writeFileSync(join(folder, 'a.ts'), 'one')
  writeFileSync(join(folder, 'deep', 'b.ts'), 'two')
  const first = digestOfSources([folder])
  assert.match(first, /^[0-9a-f]{16}$/)
  writeFileSync(join(folder, 'notes.md'), 'no source')
  assert.equal(digestOfSources([folder]), first)
  writeFileSync(join(folder, 'deep', 'b.ts'), 'three')
  const second = digestOfSources([folder])
  assert.notEqual(second, first)
  renameSync(join(folder, 'deep', 'b.ts'), join(folder, 'deep', 'c.ts'))
  assert.notEqual(digestOfSources([folder]), second)
})
