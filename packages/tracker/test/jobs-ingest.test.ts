import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { openFeedRecords } from '@firn/advisories'
import type { Tracker } from '../src/open.ts'
import { open } from './open-offline.ts'
import { emptyFolder, sample, scratch } from './tracker-folder.ts'

const ZIP = sample('2024-10-24_delta_CVEs_sample.zip')
const KEV = sample('known_exploited_vulnerabilities.json')
const quiet = () => {}

async function records(count: number): Promise<{ name: string; bytes: Uint8Array }[]> {
  const archive = await openFeedRecords(ZIP, 'cve')
  try {
    const list = await Array.fromAsync(archive.read())
    return list.slice(0, count).map((record) => ({
      name: record.name.replace(/.*\//, ''),
      ...('bytes' in record ? { bytes: record.bytes } : assert.fail()),
    }))
  } finally {
    archive.close()
  }
}

async function using(act: (tracker: Tracker, folder: string) => Promise<void>): Promise<void> {
  const folder = await emptyFolder()
  const tracker = await open(folder)
  try {
    await act(tracker, folder)
  } finally {
    await tracker.close()
  }
}

test('bad records among good ones are kept aside and counted; the rest goes in', async () => {
  const cves = join(scratch, 'cves')
  mkdirSync(cves)
  const good = await records(20)
  for (const { name, bytes } of good) writeFileSync(join(cves, name), bytes)
  const text = Buffer.from(good[0]!.bytes).toString()
  writeFileSync(join(cves, 'CVE-1999-0001.json'), text.slice(0, 500))
  writeFileSync(join(cves, 'CVE-1999-0002.json'), text.replace(/"dataVersion":\s*"5\.\d"/, '"dataVersion":"9.0"'))
  writeFileSync(join(cves, 'CVE-1999-0003.json'), 'null')
  await using(async ({ control }) => {
    const first = await control.importFile({ path: cves }, quiet)
    assert.deepEqual(first.counts, { new: 20, aside: 3 })
    assert.equal(first.done, 23)
    const { aside, asideTotal, counts } = await control.status()
    assert.equal(asideTotal, 3)
    assert.equal(counts.cves, 20)
    const reasons = Object.fromEntries(aside.map(({ name, error }) => [name.replace(/.*\//, ''), error]))
    assert.match(reasons['CVE-1999-0001.json']!, /JSON/)
    assert.match(reasons['CVE-1999-0002.json']!, /unknown schema version "9\.0"/)
    assert.match(reasons['CVE-1999-0003.json']!, /no CVE record/)
    const second = await control.importFile({ path: cves }, quiet)
    assert.deepEqual(second.counts, { unchanged: 20, aside: 3 })
    assert.equal((await control.status()).asideTotal, 3, 'they are not kept twice')
  })
})

test('what cannot be read at all, and a record by itself, make nothing up to date', async () => {
  const [record] = await records(1)
  const one = join(scratch, 'CVE-one.json')
  writeFileSync(one, record!.bytes)
  const cut = join(scratch, 'CVE-cut.json')
  writeFileSync(cut, record!.bytes.subarray(0, 900))
  const folder = join(scratch, 'all-bad')
  mkdirSync(folder)
  writeFileSync(join(folder, 'CVE-1999-0001.json'), record!.bytes.subarray(0, 900))
  await using(async ({ control }) => {
    assert.deepEqual((await control.importFile({ path: cut }, quiet)).counts, { aside: 1 })
    assert.equal((await control.status()).aside[0]!.name, 'CVE-cut.json')
    assert.deepEqual((await control.importFile({ path: one }, quiet)).counts, { new: 1 })
    assert.deepEqual((await control.importFile({ path: folder }, quiet)).counts, { aside: 1 })
    assert.deepEqual((await control.status()).feeds, [])
    await control.importFile({ path: ZIP }, quiet)
    assert.deepEqual(
      (await control.status()).feeds.map(({ name }) => name),
      ['cve'],
    )
  })
})

test('a cut zip, a foreign file and a cut package set are refused, and nothing is lost', async () => {
  await using(async ({ control, reading }) => {
    await control.importFile({ path: ZIP }, quiet)
    await control.importFile({ path: sample('packages-nixos-18.03.json.gz') }, quiet)
    const before = (await control.status()).counts
    const cut = join(scratch, 'cut.zip')
    writeFileSync(cut, readFileSync(ZIP).subarray(0, 400_000))
    await assert.rejects(control.importFile({ path: cut }, quiet), /cut\.zip|central directory/)
    const page = join(scratch, 'page.json')
    writeFileSync(page, '<!doctype html>')
    await assert.rejects(control.importFile({ path: page }, quiet), /page\.json: not a file that the tracker takes/)
    const packages = join(scratch, 'packages-nixos-18.03.json.gz')
    writeFileSync(packages, readFileSync(sample('packages-nixos-18.03.json.gz')).subarray(0, 60_000))
    await assert.rejects(control.importFile({ path: packages }, quiet), /packages-nixos-18\.03\.json\.gz: /)
    const { counts, ingestions } = await control.status()
    assert.deepEqual(counts, before)
    assert.equal(ingestions[0]!.state, 'failed')
    assert.match(ingestions[0]!.error!, /^packages-nixos-18\.03\.json\.gz: /)
    assert.equal((await reading.channel('nixos-18.03', 1))!.packages, 953)
  })
})

test('an import that was stopped goes on at the next start, and ends as if it had never stopped', async () => {
  const [stopped, straight] = [await emptyFolder(), await emptyFolder()]
  const files = [ZIP, sample('packages-nixos-18.03.json.gz'), KEV]
  const whole = await open(straight)
  for (const path of files) await whole.control.importFile({ path }, quiet)
  const wanted = await stateOf(whole)
  await whole.close()

  const stop = new AbortController()
  const first = await open(stopped, {}, stop.signal)
  const spooled = []
  for (const path of files) spooled.push(await first.spool.add({ path }))
  const runs = spooled.map((file) => first.queue.run(file, () => stop.abort()))
  const ends = await Promise.allSettled(runs)
  assert.deepEqual(
    ends.map((end) => end.status),
    ['rejected', 'rejected', 'rejected'],
  )
  assert.ok((await first.control.status()).counts.cves! > 0, 'it stopped in the middle')
  await first.close()
  const second = await open(stopped)
  for await (const { error } of second.queue.resume()) assert.equal(error, undefined)
  assert.deepEqual(await stateOf(second), wanted)
  assert.deepEqual(readdirSync(join(stopped, 'spool')), [])
  await second.close()
})

async function stateOf({ control, reading }: Tracker): Promise<object> {
  const { counts, ingestions, asideTotal } = await control.status()
  const runs = ingestions.map(({ kind, state, done, counts }) => ({ kind, state, done, counts }))
  const channel = await reading.channel('nixos-18.03', 1)
  const matches = channel?.matches.map(({ cve, match }) => [cve.id, match.attribute, match.verdict])
  return { counts, asideTotal, matches, runs: runs.sort((a, b) => (a.kind < b.kind ? -1 : 1)) }
}

test('NVD, OSV and EPSS files go in, and package sets in each of their packings', async () => {
  await using(async ({ control, reading }) => {
    const file = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(scratch, name), content)
      return { path: join(scratch, name) }
    }
    const cve = { id: 'CVE-2020-0001', published: '2020-01-01T00:00:00.000', lastModified: '2020-01-02T00:00:00.000' }
    const page = { format: 'NVD_CVE', version: '2.0', vulnerabilities: [{ cve }, { cve: { id: 'nothing' } }] }
    const nvd = await control.importFile(file('nvd.json.gz', gzipSync(JSON.stringify(page))), quiet)
    assert.deepEqual(nvd.counts, { new: 1, aside: 1 })
    const osv = { id: 'GO-2024-0001', modified: '2024-01-01T00:00:00Z', schema_version: '1.3.1', affected: [] }
    assert.deepEqual((await control.importFile(file('x.json', JSON.stringify(osv)), quiet)).counts, { new: 1 })
    const epss = '#model_version:v1,score_date:2025-08-25T12:55:00Z\ncve,epss,percentile\nCVE-2020-0001,0.5,0.9\nbad\n'
    await control.importFile(file('epss.csv.gz', gzipSync(epss)), quiet)
    assert.equal((await reading.cve('CVE-2020-0001'))!.epss, 0.5)
    const set = gunzipSync(readFileSync(sample('packages-nixos-18.03.json.gz')))
    await control.importFile({ ...file('set', brotliCompressSync(set.subarray(), FAST)), channel: 'a' }, quiet)
    await control.importFile({ ...file('plain', set), channel: 'b', revision: 'f'.repeat(40) }, quiet)
    assert.deepEqual(
      (await reading.channels()).map(({ name, packages, revision }) => [name, packages, revision]),
      [
        ['a', 953, undefined],
        ['b', 953, 'f'.repeat(40)],
      ],
    )
  })
})

const FAST = { params: { 1: 2 } }
