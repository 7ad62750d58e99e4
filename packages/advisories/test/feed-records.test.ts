import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { makeZip } from '../../../scripts/zip-writer.ts'
import { type FeedRecord, openFeedRecords, parseNvdPage, type RecordKind } from '../src/index.ts'
import { nvdEntries } from '../src/nvd-stream.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-feed-records-'))
after(() => rmSync(folder, { recursive: true }))

async function all(path: string, kind: RecordKind, from = 0) {
  const records = await openFeedRecords(path, kind)
  try {
    return { count: records.count, list: await Array.fromAsync(records.read(from)) }
  } finally {
    records.close()
  }
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('a folder gives its records by name, from any place on, and leaves other files out', async () => {
  const place = join(folder, 'cves')
  mkdirSync(join(place, '2024/1xxx'), { recursive: true })
  writeFileSync(join(place, 'delta.json'), '{}')
  for (const n of [1001, 1002, 1003]) writeFileSync(join(place, `2024/1xxx/CVE-2024-${n}.json`), `{"n":${n}}`)
  const { count, list } = await all(place, 'cve')
  assert.equal(count, 3)
  assert.deepEqual(
    list.map((record) => (record as FeedRecord).id),
    ['CVE-2024-1001', 'CVE-2024-1002', 'CVE-2024-1003'],
  )
  assert.deepEqual((await all(place, 'cve', 2)).list, list.slice(2))
  await assert.rejects(openFeedRecords(join(folder, 'none'), 'cve'), /no such file/)
  mkdirSync(join(folder, 'empty'))
  await assert.rejects(openFeedRecords(join(folder, 'empty'), 'osv'), /no OSV record in this folder/)
})

const page = (entries: readonly unknown[]) =>
  Buffer.from(
    JSON.stringify({
      resultsPerPage: 1,
      nested: { vulnerabilities: [{ no: 1 }] },
      vulnerabilities: entries,
      after: [{}],
    }),
  )

test('an NVD feed is cut into pages of one, however it is chunked', async () => {
  const value = fc.dictionary(fc.string(), fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), async (entries, size) => {
      const pages = await Array.fromAsync(nvdEntries(inPieces(page(entries), size)))
      const plain = JSON.parse(JSON.stringify(entries))
      assert.deepEqual(
        pages.map((bytes) => JSON.parse(bytes.toString()).vulnerabilities),
        plain.map((entry: unknown) => [entry]),
      )
    }),
  )
})

test('a cut NVD feed gives what came before the cut, then says so', async () => {
  const cves = ['CVE-2024-1001', 'CVE-2024-1002'].map((id) => ({ cve: { id } }))
  const file = join(folder, 'cut.json.gz')
  const whole = page(cves)
  writeFileSync(file, gzipSync(whole.subarray(0, whole.indexOf('CVE-2024-1002'))))
  const { list } = await all(file, 'nvd')
  assert.equal((list[0] as FeedRecord).id, 'CVE-2024-1001')
  assert.match(String('error' in list[1]! && list[1].error.message), /cut short/)
  assert.equal(list.length, 2)
  assert.equal((await all(file, 'nvd', 1)).list.length, 1)
})

const member = (name: string, content: string, more = {}) => ({ name, content: Buffer.from(content), ...more })

test('the bulk release (a zip in a zip), a delta and an archive of OSV give their records; a bad member is told', async () => {
  const id = (n: number) => `CVE-2024-100${n}`
  const cves = [1, 2].map((n) => member(`cves/2024/1xxx/${id(n)}.json`, `{"n":${n}}`, { deflate: true }))
  const inner = makeZip([...cves, member('cves/delta.json', '{}'), member('cves/', '')])
  const bulk = join(folder, 'all_CVEs.zip.zip')
  writeFileSync(bulk, makeZip([{ name: 'cves.zip', content: inner, deflate: true }]))
  const delta = join(folder, 'delta.zip')
  const broken = member(`deltaCves/${id(2)}.json`, '{"n":2}', { lie: { crc: 1 } })
  writeFileSync(delta, makeZip([member(`deltaCves/${id(1)}.json`, '{"n":1}'), broken]))
  const osv = join(folder, 'all.zip')
  writeFileSync(osv, makeZip([member('GO-2024-1.json', '{}', { deflate: true }), member('README.md', '')]))
  for (const [path, kind, expected] of [
    [bulk, 'cve', [id(1), id(2)]],
    [delta, 'cve', [id(1), 'checksum']],
    [osv, 'osv', ['GO-2024-1']],
  ] as const) {
    const { count, list } = await all(path, kind)
    assert.equal(count, expected.length)
    assert.deepEqual(
      list.map((record) => ('error' in record ? /checksum/.exec(record.error.message)?.[0] : record.id)),
      expected,
    )
  }
  await assert.rejects(openFeedRecords(osv, 'cve'), /no CVE-….json in this zip/)
  writeFileSync(delta, makeZip([broken]).subarray(0, 60))
  await assert.rejects(openFeedRecords(delta, 'cve'), /central directory at the end is missing/)
})

test('a mirror of the NVD: packed yearly feeds and pages of the API, entry by entry', async () => {
  const mirror = join(folder, 'nvd')
  mkdirSync(mirror)
  writeFileSync(
    join(mirror, 'nvdcve-2.0-2024.json.gz'),
    gzipSync(page([{ cve: { id: 'CVE-2024-1001' } }, { cve: {} }])),
  )
  writeFileSync(join(mirror, 'page-1.json'), page([{ cve: { id: 'CVE-2023-1001' } }]))
  const { count, list } = await all(mirror, 'nvd')
  assert.equal(count, undefined)
  assert.deepEqual(
    list.map((record) => parseNvdPage((record as FeedRecord).bytes).records.map(({ id }) => id)),
    [['CVE-2024-1001'], [], ['CVE-2023-1001']],
  )
})
