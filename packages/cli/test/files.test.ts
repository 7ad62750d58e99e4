import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { UserError } from '@firn/core'
import { readSmall } from '../src/boot/files.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-files-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

test('a small file comes whole, also through a pipe', async () => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))
  writeFileSync(at('key'), bytes)
  assert.deepEqual(Buffer.from(readSmall(at('key'))), bytes)
  writeFileSync(at('empty'), '')
  assert.equal(readSmall(at('empty')).length, 0)
  assert.equal(spawnSync('mkfifo', [at('pipe')]).status, 0)
  const writer = spawn('cp', [at('key'), at('pipe')])
  assert.deepEqual(Buffer.from(readSmall(at('pipe'))), bytes)
  await new Promise((resolve) => writer.once('exit', resolve))
})

test('what is too large, never ends, is a folder or is not there', () => {
  writeFileSync(at('disk'), '')
  truncateSync(at('disk'), 16 * 2 ** 20 + 1)
  for (const [path, message] of [
    [at('disk'), /more than 16777216 bytes/],
    ['/dev/zero', /more than 16777216 bytes/],
    [folder, /this is a folder/],
    [at('nothing'), /no such file/],
  ] as const) {
    assert.throws(
      () => readSmall(path),
      (error) => error instanceof UserError && message.test(error.message),
    )
  }
  truncateSync(at('disk'), 16 * 2 ** 20)
  assert.equal(readSmall(at('disk')).length, 16 * 2 ** 20)
})
