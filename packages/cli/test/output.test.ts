import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { EXIT } from '@firn/core'

const folder = mkdtempSync(join(tmpdir(), 'firn-output-'))
after(() => rmSync(folder, { recursive: true }))

/** A line of shell in which `"$0"` is firn, and `"$1"` a folder. */
function shell(line: string) {
  const firn = new URL('../../../firn', import.meta.url).pathname
  return spawnSync('bash', ['-c', line, firn, folder], { encoding: 'utf8' })
}

test('output that a full disk takes in part is an error, in a file as on a device', () => {
  // A limit on the size of files gives a short write first, and then an error: as a disk does that fills.
  const short = shell('ulimit -f 1; "$0" scan --help > "$1/report"')
  assert.ok(statSync(join(folder, 'report')).size <= 1024)
  assert.equal(short.status, EXIT.store, short.stderr)
  assert.match(short.stderr, /^firn: the output could not be written: .*\n {2}what was written of it is not whole/)
  const full = shell('"$0" --help > /dev/full')
  assert.equal(full.status, EXIT.store, full.stderr)
  assert.match(full.stderr, /^firn: the output could not be written: no space left on the disk\n {2}.*\n$/)
})

test('whoever stops reading changes nothing of the exit code', () => {
  const piped = (words: string) => shell(`{ sleep 0.2; "$0" ${words}; } | true; exit "\${PIPESTATUS[0]}"`)
  assert.equal(piped('--help').status, EXIT.clean)
  assert.equal(piped('').status, EXIT.usage)
  assert.equal(piped('no-such-command 2>&1').status, EXIT.usage)
})
