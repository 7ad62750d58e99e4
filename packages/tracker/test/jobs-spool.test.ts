import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { Spool } from '../src/jobs/spool.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-spool-'))
after(() => rmSync(folder, { recursive: true }))
const KEV = '{"catalogVersion":"1","vulnerabilities":[]}'
const place = join(folder, 'spool')
let spool: Spool

beforeEach(() => {
  rmSync(place, { recursive: true, force: true })
  spool = new Spool(place)
})

function given(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

test('a file is copied, and survives the loss of the original and of the process', async () => {
  const path = given('kev.json', KEV)
  const file = await spool.add({ path })
  rmSync(path)
  assert.deepEqual(new Spool(place).pending(), [file])
  assert.equal(readFileSync(file.path, 'utf8'), KEV)
  assert.equal(file.origin, 'kev.json')
  assert.equal(file.feed, 'kev')
  spool.remove(file)
  assert.deepEqual(readdirSync(place), [])
})

test('files come out in the order in which they went in', async () => {
  const names = ['1', '2', '3', '4', '5']
  for (const name of names) await spool.add({ path: given(name, KEV.replace('1', name)) })
  assert.deepEqual(
    spool.pending().map(({ origin }) => origin),
    names,
  )
})

test('the same content waits once; for two channels it waits twice', async () => {
  const path = given('kev.json', KEV)
  const first = await spool.add({ path })
  assert.deepEqual(await spool.add({ path }), first)
  assert.equal(readdirSync(place).length, 2)
  const packages = given('packages.json', '{"version":2,"packages":{}}')
  const one = await spool.add({ path: packages, channel: 'nixos-24.11', revision: 'abc' })
  assert.equal(one.revision, 'abc')
  assert.equal(one.feed, 'channel nixos-24.11')
  assert.notEqual((await spool.add({ path: packages, channel: 'nixos-25.05' })).name, one.name)
})

test('a folder is named, not copied; when it changes it is another', async () => {
  const cves = join(folder, 'cves')
  mkdirSync(cves)
  writeFileSync(join(cves, 'CVE-2024-0001.json'), '{"dataType":"CVE_RECORD"}')
  const file = await spool.add({ path: cves })
  assert.equal(file.path, cves)
  writeFileSync(join(cves, 'CVE-2024-0002.json'), '{"dataType":"CVE_RECORD"}')
  assert.notEqual((await spool.add({ path: cves })).digest, file.digest)
  spool.remove(file)
  assert.ok(existsSync(cves))
})

test('what is refused leaves nothing behind', async () => {
  await assert.rejects(spool.add({ path: given('page', '<html>') }), /web page/)
  await assert.rejects(spool.add({ path: join(folder, 'none') }), /no such file/)
  const download = spool.temporary()
  writeFileSync(download, '<html>')
  await assert.rejects(
    spool.adopt(download, { origin: 'mirror/kev.json' }),
    /^UserError: mirror\/kev\.json: not a file/,
  )
  await assert.rejects(spool.add({ path: given('p', '{"version":2,"packages":{}}') }), /of which channel/)
  await assert.rejects(
    spool.add({ path: given('p', '{"version":2,"packages":{}}'), channel: 'x', revision: '; rm' }),
    /not a revision/,
  )
  assert.deepEqual(readdirSync(place), [])
})

test('a download is moved in', async () => {
  const download = spool.temporary()
  writeFileSync(download, KEV)
  const file = await spool.adopt(download, { origin: 'mirror/kev.json', feed: 'kev', validators: { etag: '"1"' } })
  assert.ok(!existsSync(download))
  assert.deepEqual(new Spool(place).pending()[0]!.validators, { etag: '"1"' })
  assert.equal(readFileSync(file.path, 'utf8'), KEV)
})

test('what a killed process left half done is swept away at the next start', async () => {
  const file = await spool.add({ path: given('kev.json', KEV) })
  for (const name of ['half.data', 'download.tmp', 'x.json.abc.tmp']) writeFileSync(join(place, name), 'x')
  assert.deepEqual(new Spool(place).pending(), [file])
  assert.deepEqual(readdirSync(place).sort(), [`${file.name}.data`, `${file.name}.json`])
})

test('the same package set, given again with leave to shrink, has that leave', async () => {
  const path = given('packages-x.json', '{"version":2,"packages":{"a":{"name":"a-1"}}}')
  const first = await spool.add({ path, channel: 'x' })
  const second = await spool.add({ path, channel: 'x', acceptShrinking: true })
  assert.equal(second.acceptShrinking, true)
  assert.deepEqual(spool.pending(), [second])
  assert.ok(!existsSync(first.path) && existsSync(second.path))
  assert.equal((await spool.add({ path, channel: 'x' })).name, second.name, 'leave that was given stays')
})
