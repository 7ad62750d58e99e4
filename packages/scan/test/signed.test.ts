import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateKey, pemSigner } from '@firn/attest'
import { EXIT, UserError } from '@firn/core'
import { openIndex } from '../src/index/open.ts'
import { installIndex, isIndexFile, signatureOf, signIndex } from '../src/index/signed.ts'
import { anAdvisory, anIndex, temporaryFolder } from './advisories.ts'

const folder = temporaryFolder()
const ours = generateKey()
const theirs = generateKey()
const trusted = [{ name: 'ours.pub', pem: ours.publicPem }]

async function published(name: string, updated: string) {
  const path = join(folder, name)
  await anIndex(path, [anAdvisory('CVE-2024-0001', 'curl')], { updated: new Date(updated), decisions: '[]' })
  return { path, envelope: await signIndex(path, pemSigner(ours.privatePem)) }
}

function refused(message: RegExp) {
  return (error: unknown) => error instanceof UserError && message.test(error.message) && error.exit === EXIT.data
}

test('a signed index is taken, with its decisions and its own age', async () => {
  const { path, envelope } = await published('good', '2024-10-25T00:00:00Z')
  const local = join(folder, 'local')
  await installIndex(path, envelope, trusted, local)
  const { index, close } = openIndex(local)
  assert.equal(index.header.updated, '2024-10-25T00:00:00.000Z')
  assert.equal(index.decisions(), '[]')
  close()
  assert.ok(existsSync(signatureOf(local)))
  assert.ok(isIndexFile(local))
  assert.ok(!isIndexFile(signatureOf(local)))
})

test('another key, no signature, a changed index and a changed envelope are refused, and nothing is replaced', async () => {
  const { path, envelope } = await published('bad', '2024-10-25T00:00:00Z')
  const local = join(folder, 'untouched')
  const others = [{ name: 'theirs.pub', pem: theirs.publicPem }]
  await assert.rejects(installIndex(path, envelope, others, local), refused(/no signature by a trusted key/))
  await assert.rejects(installIndex(path, '{}', trusted, local), refused(/not a DSSE envelope/))
  const json = JSON.parse(envelope)
  const payload = Buffer.from(json.payload, 'base64').toString().replace('2024-10-25', '2024-10-26')
  const forged = JSON.stringify({ ...json, payload: Buffer.from(payload).toString('base64') })
  await assert.rejects(installIndex(path, forged, trusted, local), refused(/no signature by a trusted key/))
  // Other advisories of the same size and date under the signature of the first.
  await anIndex(join(folder, 'swapped'), [anAdvisory('CVE-2024-0002', 'curl')], {
    updated: new Date('2024-10-25T00:00:00Z'),
    decisions: '[]',
  })
  assert.equal(statSync(join(folder, 'swapped')).size, statSync(path).size)
  await assert.rejects(
    installIndex(join(folder, 'swapped'), envelope, trusted, local),
    refused(/not the index that was/),
  )
  const cut = join(folder, 'cut')
  writeFileSync(cut, readFileSync(path).subarray(0, -20))
  await assert.rejects(installIndex(cut, envelope, trusted, local), refused(/cut/))
  assert.ok(!existsSync(local))
  assert.ok(!existsSync(signatureOf(local)))
})

test('an older index of the same key is refused: somebody may be serving old data', async () => {
  const older = await published('older', '2024-10-24T00:00:00Z')
  const newer = await published('newer', '2024-10-25T00:00:00Z')
  const local = join(folder, 'forward')
  await installIndex(newer.path, newer.envelope, trusted, local)
  await assert.rejects(installIndex(older.path, older.envelope, trusted, local), refused(/older than the one at hand/))
  await installIndex(newer.path, newer.envelope, trusted, local)
  assert.deepEqual(readFileSync(local), readFileSync(newer.path))
})
