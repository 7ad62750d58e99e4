import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type FeedRecord, openFeedRecords, type RecordKind } from '../src/index.ts'
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
