import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLine } from './machine.ts'

/** As QEMU does: letter by letter, and what finds no room is lost. */
const SAY = `
const { constants, openSync, writeSync } = require('node:fs')
const line = openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK)
for (let i = 0; i < 20_000; i++) writeSync(line, 'x')
`

test('what a machine says while nobody listens is not lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-line-'))
  try {
    const { reading, writing } = openLine(join(folder, 'line'))
    execFileSync(process.execPath, ['-e', SAY], { stdio: ['ignore', writing, 'inherit'] })
    closeSync(writing)
    let heard = 0
    for await (const part of reading) heard += part.length
    assert.equal(heard, 20_000)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
