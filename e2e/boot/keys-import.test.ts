import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'

const firn = new URL('../../firn', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'firn-keys-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

function keys(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(firn, ['boot', 'keys', ...words], { cwd: folder, encoding: 'utf8' })
}

assert.equal(keys('create', '-o', 'source', '--kind', 'rsa-4096').status, 0)
const GUID = '8be4df61-93ca-11d2-aa0d-00e098032b8c'

/** A folder as sbctl makes it. */
function sbctlFolder(name: string, roles: readonly string[]): string {
  for (const role of roles) {
    mkdirSync(at(`${name}/keys/${role}`), { recursive: true })
    for (const suffix of ['key', 'pem']) {
      copyFileSync(at(`source/${role}.${suffix}`), at(`${name}/keys/${role}/${role}.${suffix}`))
    }
  }
  writeFileSync(at(`${name}/GUID`), `${GUID}\n`)
  return name
}

test('sbctl’s folder, and its folder keys alone: the same keys, for their owner alone', () => {
  const sbctl = sbctlFolder('sbctl', ['PK', 'KEK', 'db'])
  const { status, stdout, stderr } = keys('import', sbctl, '-o', 'mine')
  assert.equal(status, 0, stderr)
  assert.match(stdout, new RegExp(`owner GUID ${GUID}`))
  for (const role of ['PK', 'KEK', 'db']) {
    for (const suffix of ['key', 'pem', 'cer']) {
      assert.deepEqual(readFileSync(at(`mine/${role}.${suffix}`)), readFileSync(at(`source/${role}.${suffix}`)))
    }
    assert.equal(statSync(at(`mine/${role}.key`)).mode & 0o777, 0o600)
  }
  assert.equal(statSync(at('mine')).mode & 0o777, 0o700)
  assert.equal(keys('import', 'sbctl/keys', '-o', 'again').status, 0)
  assert.ok(existsSync(at('again/db.cer')))
})

test('a folder with db alone says what is missing', () => {
  const { status, stderr } = keys('import', sbctlFolder('db-only', ['db']), '-o', 'db-mine')
  assert.equal(status, 0)
  assert.match(stderr, /^PK: not there/m)
  assert.ok(!existsSync(at('db-mine/PK.key')))
})

test('nothing is written over, and a pair that is none, a TPM’s key or an empty folder is refused', () => {
  const before = readFileSync(at('source/db.key'))
  assert.match(keys('import', sbctlFolder('more', ['db']), '-o', 'source').stderr, /db\.key is there already/)
  assert.deepEqual(readFileSync(at('source/db.key')), before)
  const mixed = sbctlFolder('mixed', ['db'])
  copyFileSync(at('source/KEK.pem'), at('mixed/keys/db/db.pem'))
  assert.match(keys('import', mixed, '-o', 'none').stderr, /db\.key does not belong to .*db\.pem/)
  const tpm = sbctlFolder('tpm', ['db'])
  writeFileSync(at('tpm/keys/db/db.key'), '-----BEGIN TSS2 PRIVATE KEY-----\nAAAA\n-----END TSS2 PRIVATE KEY-----\n')
  assert.match(keys('import', tpm, '-o', 'none').stderr, /bound to the machine's TPM/)
  assert.equal(keys('import', dirname(at('sbctl')), '-o', 'none').status, 2)
  assert.ok(!existsSync(at('none')))
})
