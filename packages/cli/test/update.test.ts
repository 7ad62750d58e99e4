import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { generateKey, pemSigner } from '@firn/attest'
import { IndexBuilder, readFeed, signatureOf, signIndex } from '@firn/scan'
import { anSbom, RECORDS, run, temporaryFolder } from './scanning.ts'

const folder = temporaryFolder()
const sbom = anSbom(folder, 'system.json', 'curl 8.8.0')
const curl = join(RECORDS, 'CVE-2024-7264.json')
const kev = {
  catalogVersion: '2024.10.25',
  vulnerabilities: [{ cveID: 'CVE-2024-7264', dateAdded: '2024-10-25', knownRansomwareCampaignUse: 'Unknown' }],
}
const epss = '#model_version:v2025.03.14,score_date:2024-10-25T00:00:00Z\ncve,epss,percentile\nCVE-2024-7264,0.42,0.9\n'
const served = new Map<string, Buffer>()
const server = createServer((request, response) => {
  const body = served.get(request.url ?? '')
  if (body === undefined) response.writeHead(404).end()
  else response.end(body)
})
let url = ''
let count = 0

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())

const freshEnv = () => ({ FIRN_CACHE_DIR: join(folder, `cache-${count++}`), NO_PROXY: '*' })

async function findings(env: Readonly<Record<string, string>>) {
  return JSON.parse((await run(['--sbom', sbom, '--json', '--all'], env)).stdout).findings
}

/** An index as a tracker publishes it, with one decision, signed. */
async function published(name: string, privatePem: string): Promise<string> {
  const path = join(folder, name)
  const builder = new IndexBuilder(path)
  const signal = new AbortController().signal
  await readFeed(RECORDS, builder, { signal })
  const decision = {
    vulnerability: 'CVE-2024-7264',
    attribute: 'curl',
    status: 'not_affected',
    statement: 'built without it',
    author: 'maintainer',
    created: '2024-10-25T00:00:00Z',
  }
  await builder.finish(
    { updated: new Date(), sources: [], skipped: 0 },
    { signal, decisions: JSON.stringify([decision]) },
  )
  builder.close()
  writeFileSync(signatureOf(path), await signIndex(path, pemSigner(privatePem)))
  return path
}

test('files of any kind in one update; the folder is private', async () => {
  const env = freshEnv()
  const kevFile = join(folder, 'a.json')
  const epssFile = join(folder, 'b.csv')
  writeFileSync(kevFile, JSON.stringify(kev))
  writeFileSync(epssFile, epss)
  const { exit, stderr } = await run(['--update', '--from', RECORDS, '--from', kevFile, '--from', epssFile], env)
  assert.equal(exit, 0, stderr)
  assert.match(stderr, /b\.csv: 1 EPSS records/)
  assert.match(stderr, /The advisories are now \d+ records\./)
  const [worst] = await findings(env)
  assert.equal(worst.cve, 'CVE-2024-7264')
  assert.equal(worst.level, 'error', 'it is exploited, whatever its score')
  assert.deepEqual(worst.kev, { dateAdded: '2024-10-25' })
  assert.deepEqual(worst.epss, { score: 0.42, percentile: 0.9 })
  assert.match((await run(['--sbom', sbom], env)).stdout, /Exploited[\s\S]*known/)
  assert.equal(statSync(env.FIRN_CACHE_DIR).mode & 0o777, 0o700)
  assert.deepEqual(readdirSync(env.FIRN_CACHE_DIR), ['advisories.index'])
})

test('a bad record is kept aside, counted and told; a bad file ends the update and the old index stays', async () => {
  const env = freshEnv()
  const mixed = join(folder, 'mixed')
  mkdirSync(mixed)
  copyFileSync(curl, join(mixed, 'CVE-2024-7264.json'))
  writeFileSync(join(mixed, 'CVE-2024-0001.json'), '{"dataType":"CVE_REC')
  const { exit, stderr } = await run(['--update', '--from', mixed], env)
  assert.equal(exit, 0, stderr)
  assert.match(stderr, /CVE-2024-0001\.json: .*\n.*1 could not be read and is left out: .*bad-records\.json/)
  const aside = JSON.parse(readFileSync(join(env.FIRN_CACHE_DIR, 'bad-records.json'), 'utf8'))
  assert.equal(aside[0].name, 'CVE-2024-0001.json')
  const before = readFileSync(join(env.FIRN_CACHE_DIR, 'advisories.index'))
  const zip = join(folder, 'cut.zip')
  writeFileSync(zip, Buffer.from('PK\u0003\u0004 and then it stops'))
  for (const [bad, message] of [
    [zip, /cut\.zip|zip/],
    [join(folder, 'none.zip'), /none\.zip: no such file/],
    [sbom, /no advisories that are known/],
  ] as const) {
    const refused = await run(['--update', '--from', curl, '--from', bad], env)
    assert.equal(refused.exit, 2, refused.stderr)
    assert.match(refused.stderr, message)
  }
  assert.deepEqual(readFileSync(join(env.FIRN_CACHE_DIR, 'advisories.index')), before)
  assert.equal((await run(['--update', '--from', curl], env)).exit, 0)
  assert.ok(!existsSync(join(env.FIRN_CACHE_DIR, 'bad-records.json')), 'nothing bad any more')
})

test('an update with a delta alone says that the rest is gone', async () => {
  const env = freshEnv()
  await run(['--update', '--from', RECORDS], env)
  const { stderr } = await run(['--update', '--from', curl], env)
  assert.match(stderr, /are now 1 records, before \d+\.\n.*name the bulk zip first/)
})

test('from the network: records are needed, what else cannot be had is told', async () => {
  const asset = (name: string) => ({ name, browser_download_url: `${url}/${name}` })
  served.set('/releases', Buffer.from(JSON.stringify([{ assets: [asset('2024-10-24_all_CVEs_at_midnight.zip.zip')] }])))
  served.set('/2024-10-24_all_CVEs_at_midnight.zip.zip', readFileSync(curl))
  served.set('/kev', Buffer.from(JSON.stringify(kev)))
  const mirrors = { FIRN_FEED_CVE: `${url}/releases`, FIRN_FEED_KEV: `${url}/kev`, FIRN_FEED_EPSS: `${url}/nothing` }
  const env = { ...freshEnv(), ...mirrors }
  const { exit, stderr } = await run(['--update'], env)
  assert.equal(exit, 0, stderr)
  assert.match(stderr, /EPSS is left out: .*404/)
  assert.equal((await findings(env))[0].kev.dateAdded, '2024-10-25')
  const refused = await run(['--update'], { ...env, FIRN_FEED_CVE: `${url}/nothing` })
  assert.equal(refused.exit, 3)
  assert.match(refused.stderr, /404[\s\S]*firn scan --update --from FILE/)
  assert.deepEqual(readdirSync(env.FIRN_CACHE_DIR), ['advisories.index'], 'no download is left behind')
  served.set('/cut.zip', Buffer.from('PK\u0003\u0004'))
  for (const mirror of ['/cut.zip', '/kev']) {
    const cut = await run(['--update'], { ...env, FIRN_FEED_CVE: `${url}${mirror}` })
    assert.ok(cut.exit === 2 || cut.exit === 3, cut.stderr)
    assert.equal((await findings(env)).length > 0, true, 'the old advisories stay')
  }
})

test('a signed index, from a file and from an address: its decisions count, a stranger is refused', async () => {
  const [ours, theirs] = [generateKey(), generateKey()]
  const key = join(folder, 'ours.pub')
  const wrong = join(folder, 'theirs.pub')
  writeFileSync(key, ours.publicPem)
  writeFileSync(wrong, theirs.publicPem)
  const index = await published('published', ours.privatePem)
  served.set('/index', readFileSync(index))
  served.set('/index.dsse', readFileSync(signatureOf(index)))
  served.set('/unsigned', readFileSync(index))
  for (const from of [index, `${url}/index`]) {
    const env = freshEnv()
    const { exit, stderr } = await run(['--update', '--from', from, '--key', key], env)
    assert.equal(exit, 0, stderr)
    const ruled = (await findings(env)).find(({ cve }: { cve: string }) => cve === 'CVE-2024-7264')
    assert.equal(ruled.verdict, 'not_affected')
    assert.match(ruled.evidence[0].source, /advisory index, maintainer/)
    const before = readdirSync(env.FIRN_CACHE_DIR).sort()
    for (const [words, status, message] of [
      [[from, '--key', wrong], 3, /no signature by a trusted key/],
      [[from], 2, /only with the key/],
      [[from, '--key', key, '--from', curl], 2, /taken whole/],
      [[`${url}/unsigned`, '--key', key], 3, /404/],
    ] as const) {
      const refused = await run(['--update', '--from', ...words], env)
      assert.equal(refused.exit, status, refused.stderr)
      assert.match(refused.stderr, message)
    }
    assert.deepEqual(readdirSync(env.FIRN_CACHE_DIR).sort(), before)
  }
  const plain = await run(['--update', '--from', curl, '--key', key], freshEnv())
  assert.equal(plain.exit, 2, '--key belongs to an index')
})
