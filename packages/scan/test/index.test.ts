import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { EXIT, UserError } from '@firn/core'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { IndexBuilder } from '../src/index/build.ts'
import { readFeed } from '../src/index/feeds.ts'
import { AdvisoryIndex, openIndex } from '../src/index/open.ts'
import { inMemory } from '../src/match/inMemory.ts'
import type { Advisory } from '../src/match/model.ts'
import { anAdvisory, anIndex, never, temporaryFolder } from './advisories.ts'

const folder = temporaryFolder()
const records = new URL('../../../fixtures/store/cves', import.meta.url).pathname
const about = { updated: new Date('2024-10-25T00:00:00Z'), sources: [], skipped: 0 }
let count = 0
const freshPath = () => join(folder, `index-${count++}`)

function fromBytes(bytes: Uint8Array): AdvisoryIndex {
  return new AdvisoryIndex({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) })
}

/** Build from files as `firn scan --update --from` does. */
async function indexOf(...files: string[]) {
  const path = freshPath()
  const builder = new IndexBuilder(path)
  const results = []
  try {
    for (const file of files) results.push(await readFeed(file, builder, { signal: never }))
    await builder.finish(about, { signal: never })
  } finally {
    builder.close()
  }
  return { path, results, ...openIndex(path) }
}

const advisories = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1000, max: 99_999 }).map((n) => `CVE-2024-${n}`),
    product: fc.constantFrom('curl', 'openssl', 'linux', 'libfoo', 'ünïcode', 'foo bar'),
    title: fc.string({ maxLength: 200 }),
  }),
  { selector: (entry) => entry.id, maxLength: 60 },
)

test('an index answers as the advisories in memory do, for every name', async () => {
  await fc.assert(
    fc.asyncProperty(
      advisories,
      fc.array(fc.constantFrom('curl', 'openssl', 'linux', 'foo-bar', 'nothing')),
      async (list, names) => {
        fc.pre(list.length > 0)
        const all = list.map(({ id, product, title }) => anAdvisory(id, product, { title }))
        const path = join(folder, 'property')
        await anIndex(path, all)
        const index = fromBytes(readFileSync(path))
        const byId = (found: Iterable<Advisory>) => [...found].sort((a, b) => (a.id < b.id ? -1 : 1))
        assert.deepEqual(byId(index.advisoriesByName(names)), byId(inMemory(all).advisoriesByName(names)))
        for (const source of [index, inMemory(all)]) {
          const forEach = names.map((): string[] => [])
          for (const { advisory, askers } of source.advisoriesForAll(names.map((name) => [name]))) {
            for (const position of askers) forEach[position]!.push(advisory.id)
          }
          const alone = names.map((name) => [...index.advisoriesByName([name])].map(({ id }) => id).sort())
          assert.deepEqual(
            forEach.map((ids) => ids.sort()),
            alone,
          )
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('real records go in and come out; the newest date is known', async () => {
  const { index, close, results } = await indexOf(records)
  assert.equal(results[0]!.kind, 'cve')
  assert.equal(index.header.records, readdirSync(records).length)
  const curl = openIndexOf(index, 'curl')
  close()
  assert.deepEqual(curl.map(({ id }) => id).sort(), ['CVE-2024-6197', 'CVE-2024-7264', 'CVE-2024-8096'])
  assert.match(index.header.newest!, /^2024-10-2/)
})

test('what is damaged is named, whatever it is', async () => {
  const put = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  const kev = gzipSync('{"catalogVersion":"2024.10.24","vulnerabilities":[{"cveID":"CVE-2024-9680"}]}')
  const cases: [name: string, bytes: Uint8Array, message: RegExp][] = [
    ['cut.zip', Buffer.from('PK\x03\x04cut'), /cut\.zip: zip: the central directory/],
    ['kev.json.gz', kev.subarray(0, -9), /kev\.json\.gz: gzip: /],
    [
      'web.zip',
      Buffer.from('<html>not found</html>'),
      /^[^ ]*web\.zip: no advisories that are known \(a web page or XML/,
    ],
  ]
  for (const [name, bytes, message] of cases) {
    await assert.rejects(indexOf(put(name, bytes)), { name: 'UserError', message })
  }
})

test('records in a folder may be packed in xz', needs('xz'), async () => {
  const packed = join(folder, 'packed')
  mkdirSync(packed)
  const record = readFileSync(join(records, 'CVE-2024-6197.json'))
  writeFileSync(join(packed, 'CVE-2024-6197.json.xz'), execFileSync('xz', ['-c'], { input: record }))
  const { index, close, results } = await indexOf(join(packed, 'CVE-2024-6197.json.xz'))
  assert.equal(results[0]!.kind, 'cve')
  assert.deepEqual(
    openIndexOf(index, 'curl').map(({ id }) => id),
    ['CVE-2024-6197'],
  )
  close()
})

function openIndexOf(index: AdvisoryIndex, name: string): Advisory[] {
  return [...index.advisoriesByName([name])]
}

test('of two records of one id the newer counts, in whatever order they come', async () => {
  const newer = anAdvisory('CVE-2024-0001', 'curl', { title: 'newer', updated: '2024-10-02T00:00:00Z' })
  const older = anAdvisory('CVE-2024-0001', 'curl', { title: 'older', updated: '2024-10-01T00:00:00Z' })
  for (const list of [
    [newer, older],
    [older, newer],
  ]) {
    const path = freshPath()
    await anIndex(path, list)
    const index = fromBytes(readFileSync(path))
    assert.deepEqual(
      openIndexOf(index, 'curl').map(({ title }) => title),
      ['newer'],
    )
    assert.equal(index.header.records, 1)
  }
})

test('OSV joins the CVE that it is an alias of; KEV and EPSS are told of it', async () => {
  const cve = join(folder, 'CVE-2024-24786.json')
  const osv = join(folder, 'osv.json')
  const kev = join(folder, 'kev.json')
  const epss = join(folder, 'epss.csv.gz')
  writeFileSync(cve, JSON.stringify(cveRecord('CVE-2024-24786', 'protobuf')))
  writeFileSync(
    osv,
    JSON.stringify({
      schema_version: '1.6.0',
      id: 'GO-2024-2611',
      modified: '2024-06-01T00:00:00Z',
      aliases: ['CVE-2024-24786', 'GHSA-8r3f-844c-mc37'],
      affected: [{ package: { ecosystem: 'Go', name: 'google.golang.org/protobuf' }, ranges: [] }],
    }),
  )
  writeFileSync(
    kev,
    JSON.stringify({
      catalogVersion: '1',
      vulnerabilities: [{ cveID: 'CVE-2024-24786', dateAdded: '2024-07-01', knownRansomwareCampaignUse: 'Known' }],
    }),
  )
  writeFileSync(
    epss,
    gzipSync(
      '#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z\ncve,epss,percentile\nCVE-2024-24786,0.25,0.97\n',
    ),
  )
  const { index, close, results } = await indexOf(cve, osv, kev, epss)
  assert.deepEqual(
    results.map(({ kind, records: read }) => [kind, read]),
    [
      ['cve', 1],
      ['osv', 1],
      ['kev', 1],
      ['epss', 1],
    ],
  )
  const [found, ...more] = openIndexOf(index, 'protobuf')
  close()
  assert.deepEqual(more, [])
  assert.equal(found!.id, 'CVE-2024-24786')
  assert.ok(found!.aliases.includes('GO-2024-2611'))
  assert.deepEqual([...new Set(found!.statements.map(({ source }) => source))].sort(), ['cna', 'osv'])
  assert.deepEqual(found!.kev, { dateAdded: '2024-07-01', ransomware: true })
  assert.deepEqual(found!.epss, { score: 0.25, percentile: 0.97 })
})

test('one bad record among many is put aside; a file of only bad ones is refused', async () => {
  const mixed = join(folder, 'mixed')
  mkdirSync(mixed)
  for (const name of readdirSync(records).slice(0, 5)) copyFileSync(join(records, name), join(mixed, name))
  writeFileSync(join(mixed, 'CVE-2024-0666.json'), '{"dataType": "CVE_RECORD", "dataVer')
  const { index, close, results } = await indexOf(mixed)
  close()
  assert.equal(index.header.records, 5)
  assert.deepEqual(
    results[0]!.bad.map(({ name }) => name),
    ['CVE-2024-0666.json'],
  )
  const bad = join(folder, 'CVE-2024-0667.json')
  writeFileSync(bad, JSON.stringify({ ...cveRecord('CVE-2024-0667', 'x'), dataVersion: '9.0' }))
  await assert.rejects(
    indexOf(bad),
    (error) => error instanceof UserError && /no record in it.*9\.0/.test(error.message),
  )
  const foreign = join(folder, 'foreign.json')
  writeFileSync(foreign, '{"hello": "world"}')
  await assert.rejects(indexOf(foreign), /foreign\.json: no advisories that are known \(JSON with the keys hello\)/)
})

test('an index that is cut short anywhere, or changed anywhere, is told or answers as before', async () => {
  const path = freshPath()
  await anIndex(path, [anAdvisory('CVE-2024-0001', 'curl'), anAdvisory('CVE-2024-0002', 'openssl')])
  const whole = readFileSync(path)
  const answers = (bytes: Uint8Array) => {
    const index = fromBytes(bytes)
    return JSON.stringify([index.header, openIndexOf(index, 'curl')])
  }
  const before = answers(whole)
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => answers(whole.subarray(0, length)), isTold, `${length} bytes`)
  }
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    // The lowest bit makes another digit of a digit: a date that is as good as the first.
    changed[at]! ^= 1
    try {
      assert.equal(answers(changed), before, `byte ${at}`)
    } catch (error) {
      if (!isTold(error)) throw error
    }
  }
})

function isTold(error: unknown): boolean {
  return error instanceof UserError && (error.exit === EXIT.data || /advisory index/.test(error.message))
}

test('a file of another kind, another version or none says how to get one', () => {
  const other = freshPath()
  writeFileSync(other, 'x'.repeat(1000))
  const version = freshPath()
  writeFileSync(version, Buffer.concat([Buffer.from('firnadv9'), Buffer.alloc(1000)]))
  for (const [path, message] of [
    [other, /no advisory index/],
    [version, /another version \(9\)/],
    [join(folder, 'none'), /no advisories on this machine yet/],
  ] as const) {
    assert.throws(
      () => openIndex(path),
      (error: UserError) =>
        message.test(error.message) && /firn scan --update/.test(error.hint) && error.exit === EXIT.data,
    )
  }
})

test('an interrupted build leaves the old index and nothing else', async () => {
  const place = join(folder, 'interrupted')
  mkdirSync(place)
  const path = join(place, 'index')
  await anIndex(path, [anAdvisory('CVE-2024-0001', 'curl')])
  const before = readFileSync(path)
  const builder = new IndexBuilder(path)
  builder.add('cve', 'CVE-2024-0002', anAdvisory('CVE-2024-0002', 'curl'))
  await assert.rejects(builder.finish(about, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  builder.close()
  assert.deepEqual(readFileSync(path), before)
  assert.deepEqual(readdirSync(place), ['index'])
})

test('nothing in, nothing replaced', async () => {
  const path = freshPath()
  const builder = new IndexBuilder(path)
  await assert.rejects(builder.finish(about, { signal: never }), UserError)
  builder.close()
  assert.ok(!existsSync(path))
})

test('a date in the future is no newest record', async () => {
  const path = freshPath()
  await anIndex(path, [
    anAdvisory('CVE-2024-0001', 'curl', { updated: '2024-10-01T00:00:00Z' }),
    anAdvisory('CVE-2024-0002', 'curl', { updated: '2204-10-01T00:00:00Z' }),
  ])
  const { index, close } = openIndex(path)
  close()
  assert.equal(index.header.newest, '2024-10-01T00:00:00Z')
})

test('two CVEs are never joined, whatever an advisory of both says', async () => {
  const path = freshPath()
  const builder = new IndexBuilder(path)
  const both = { aliases: ['CVE-2024-0001', 'CVE-2024-0002'] }
  builder.add('cve', 'CVE-2024-0001', anAdvisory('CVE-2024-0001', 'curl', { aliases: ['GHSA-aaaa-bbbb-cccc'] }))
  builder.add('cve', 'CVE-2024-0002', anAdvisory('CVE-2024-0002', 'curl'))
  builder.add('osv', 'GHSA-aaaa-bbbb-cccc', anAdvisory('GHSA-aaaa-bbbb-cccc', 'curl', both))
  builder.add('osv', 'GO-1', anAdvisory('GO-1', 'curl', { aliases: ['GHSA-aaaa-bbbb-cccc'] }))
  await builder.finish(about, { signal: never })
  builder.close()
  const { index, close } = openIndex(path)
  const found = openIndexOf(index, 'curl')
  close()
  assert.deepEqual(found.map(({ id }) => id).sort(), ['CVE-2024-0001', 'CVE-2024-0002'])
  assert.ok(found.find(({ id }) => id === 'CVE-2024-0001')!.aliases.includes('GO-1'))
})

function cveRecord(id: string, product: string) {
  return {
    dataType: 'CVE_RECORD',
    dataVersion: '5.1',
    cveMetadata: { cveId: id, assignerOrgId: 'x', state: 'PUBLISHED', dateUpdated: '2024-06-01T00:00:00Z' },
    containers: {
      cna: {
        affected: [{ vendor: 'v', product, versions: [{ version: '0', lessThan: '2', status: 'affected' }] }],
        descriptions: [{ lang: 'en', value: 'text' }],
        references: [],
      },
    },
  }
}
