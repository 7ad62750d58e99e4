import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Database } from '../src/db/database.ts'
import { beginIngestion, failIngestion, finishIngestion, interruptedIngestions } from '../src/domain/ingestion.ts'
import { putRecords, unchangedRecords } from '../src/domain/ingestRecords.ts'
import { putEpss, replaceKev } from '../src/domain/ingestUrgency.ts'
import { openReading } from '../src/domain/reading.ts'
import { someCves } from '../src/domain/someCves.ts'
import { testBoth } from './databases.ts'
import {
  cveRecord,
  importPackages,
  importRecords,
  nvdRecord,
  osvRecord,
  packageOf,
  rejectedRecord,
  request,
} from './domain-sample.ts'

testBoth('times are told in UTC, though many records write none; a day stays a day', async (db) => {
  const times = async (id: string, written: string) => {
    await importRecords(db, [cveRecord(id, 'acme', '2.0', {}, written)])
    return (await cve(db, id))?.updated
  }
  assert.equal(await times('CVE-2024-0001', '2024-10-23T17:15:19'), '2024-10-23T17:15:19.000Z')
  assert.equal(await times('CVE-2024-0002', '2024-10-23T17:15:19+02:00'), '2024-10-23T15:15:19.000Z')
  assert.equal(await times('CVE-2024-0003', '2024-10-23'), '2024-10-23')
})

testBoth('a record replaces the one before; nothing piles up', async (db) => {
  const first = cveRecord('CVE-2024-0001', 'acme', '2.0')
  assert.deepEqual((await importRecords(db, [first])).counts, { new: 1 })
  assert.deepEqual((await importRecords(db, [first])).counts, { unchanged: 1 })
  const second = cveRecord('CVE-2024-0001', 'acme', '3.0', {}, '2024-06-05T00:00:00Z')
  assert.deepEqual((await importRecords(db, [second])).counts, { updated: 1 })
  assert.deepEqual((await importRecords(db, [first])).counts, { older: 1 }, 'an old file takes nothing back')
  assert.equal(await count(db, 'record'), 1)
  assert.equal(await count(db, 'advisory'), 1)
  assert.equal((await cve(db, 'CVE-2024-0001'))?.statements[0]?.versions[0]?.lessThan, '3.0')
  const same = await unchangedRecords(db, 'cve', [
    { id: 'CVE-2024-0001', digest: second.digest },
    { id: 'CVE-2024-0002', digest: second.digest },
  ])
  assert.deepEqual([...same], ['CVE-2024-0001'])
  assert.equal((await unchangedRecords(db, 'cve', [{ id: 'CVE-2024-0001', digest: first.digest }])).size, 0)
})

testBoth('records of three sources on one vulnerability are one advisory', async (db) => {
  await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '2.0')])
  await importRecords(db, [nvdRecord('CVE-2024-0001', 'acme', 'acme-core', '2.1')])
  await importRecords(db, [osvRecord('GHSA-2222-3333-4444', ['CVE-2024-0001'], 'acme-python', '2.2')])
  const view = await cve(db, 'CVE-2024-0001')
  assert.deepEqual(
    view?.records.map(({ source, id }) => [source, id]),
    [
      ['cve', 'CVE-2024-0001'],
      ['nvd', 'CVE-2024-0001'],
      ['osv', 'GHSA-2222-3333-4444'],
    ],
  )
  assert.deepEqual(new Set(view.statements.map(({ source }) => source)), new Set(['cna', 'nvd', 'osv']))
  assert.deepEqual(view.aliases, ['GHSA-2222-3333-4444'])
  assert.equal(view.description, 'A flaw in acme before 2.0.', 'the authority of the record speaks first')
  assert.equal(await count(db, 'advisory'), 1)
  const found = await openReading(db, { version: '0' }).search('ghsa-2222', 1)
  assert.deepEqual(
    found.cves.map(({ id }) => id),
    ['CVE-2024-0001'],
  )
})

testBoth('an OSV record may speak of two CVEs, and change its mind', async (db) => {
  await importRecords(db, [osvRecord('PYSEC-2024-1', ['CVE-2024-0001', 'CVE-2024-0002'], 'thing', '1.2')])
  assert.deepEqual((await cve(db, 'CVE-2024-0001'))?.aliases, ['PYSEC-2024-1'])
  assert.deepEqual((await cve(db, 'CVE-2024-0002'))?.aliases, ['PYSEC-2024-1'])
  const moved = osvRecord('PYSEC-2024-1', [], 'thing', '1.2', { modified: '2024-08-01T00:00:00Z' })
  await importRecords(db, [moved])
  assert.equal(await cve(db, 'CVE-2024-0001'), undefined)
  assert.equal((await cve(db, 'PYSEC-2024-1'))?.statements.length, 1)
  assert.equal(await count(db, "advisory_name where advisory like 'CVE-%'"), 0)
})

testBoth('a rejected record affects nothing and says what replaced it', async (db) => {
  await importPackages(db, 'unstable', [packageOf('acme', '1.0')])
  await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '2.0')])
  assert.equal((await cve(db, 'CVE-2024-0001'))?.matches[0]?.verdict, 'affected')
  await importRecords(db, [rejectedRecord('CVE-2024-0001', ['CVE-2024-0002'])])
  const view = await cve(db, 'CVE-2024-0001')
  assert.equal(view?.state, 'REJECTED')
  assert.deepEqual(view.replacedBy, ['CVE-2024-0002'])
  assert.equal(view.rejectedReason, 'A duplicate.')
  assert.deepEqual([view.matches, view.matchesTotal, await count(db, 'match')], [[], 0, 0])
})

testBoth('what no database takes is mended or left out', async (db) => {
  const long = 'n'.repeat(5_000)
  await importPackages(db, 'un\u0000stable', [
    packageOf('acme', '1.0', { description: 'half \ud800 a pair, and \u0000' }),
    packageOf(long, '1'),
  ])
  await importRecords(db, [
    cveRecord('CVE-2024-0001', 'acme', '2.0', { title: 'a \\u0000 that is no NUL' }),
    cveRecord('CVE-2024-0002', long, '2.0'),
    cveRecord('CVE-2024-0003', 'acme', '2.0', {}, 'the day after tomorrow'),
    cveRecord('CVE-2024-0004', 'acme', '2.0', {}, '0001-01-01T00:00:00'),
  ])
  assert.equal(await count(db, 'advisory'), 4)
  assert.equal((await cve(db, 'CVE-2024-0001'))?.title, 'a \\u0000 that is no NUL')
  const reading = openReading(db, { version: '0' })
  assert.equal((await reading.packageView('acme'))?.attribute, 'acme')
  assert.equal((await reading.search('half pair', 1)).packages.length, 1)
  assert.equal((await reading.status()).asideTotal, 1)
})

testBoth('a batch is all in with its cursor, or not at all', async (db) => {
  const asked = request('cve', { total: 4 })
  const ingestion = await beginIngestion(db, asked)
  const batch = (ids: readonly string[]) => ids.map((id) => cveRecord(id, 'acme', '2.0'))
  await putRecords(db, ingestion, { records: batch(['CVE-2024-0001', 'CVE-2024-0002']), cursor: '2' })
  const broken = [...batch(['CVE-2024-0003']), { ...batch(['CVE-2024-0004'])[0]!, source: 'rumour' as 'cve' }]
  await assert.rejects(putRecords(db, ingestion, { records: broken, cursor: '4' }))
  assert.equal(await count(db, 'record'), 2)
  await assert.rejects(beginIngestion(db, asked), /another process is importing it/)
  await failIngestion(db, ingestion, 'it broke')
  const resumed = await beginIngestion(db, asked)
  assert.deepEqual([resumed.id, resumed.cursor, resumed.done], [ingestion.id, '2', 2])
  await assert.rejects(
    putRecords(db, ingestion, { records: batch(['CVE-2024-0003']), cursor: '3' }),
    /taken over by another process/,
  )
  assert.equal(await count(db, 'record'), 2, 'who lost the claim writes nothing')
  await putRecords(db, resumed, { records: batch(['CVE-2024-0003', 'CVE-2024-0004']), cursor: '4' })
  const status = await finishIngestion(db, resumed)
  assert.deepEqual([status.state, status.done, status.total, status.counts], ['done', 4, 4, { new: 4 }])
  assert.equal(status.error, undefined)
  const again = await beginIngestion(db, asked)
  assert.notEqual(again.id, ingestion.id, 'a finished one is not taken up')
})

testBoth('who died is taken over when the claim runs out', async (db) => {
  const asked = request('cve', { feed: 'CVE list', channel: 'x' })
  await beginIngestion(db, asked)
  assert.deepEqual(await interruptedIngestions(db), [])
  await sql`update ingestion set claimed_until = now() - interval '1 second'`.execute(db.kysely)
  const [left] = await interruptedIngestions(db)
  assert.deepEqual({ ...left, id: 0 }, { ...asked, id: 0 })
  await beginIngestion(db, asked)
  assert.deepEqual(await interruptedIngestions(db), [])
})

testBoth('bad records are kept aside, counted and bounded', async (db) => {
  const ingestion = await beginIngestion(db, request('cve'))
  const bad = Array.from({ length: 1_100 }, (_, i) => ({ name: `CVE-${i}.json`, error: `broken ${'x'.repeat(900)}` }))
  await putRecords(db, ingestion, { records: [], bad, cursor: '1100' })
  await putRecords(db, ingestion, {
    records: [],
    bad: [{ name: 'CVE-1099.json', error: 'still broken' }],
    cursor: '1101',
  })
  const status = await finishIngestion(db, ingestion)
  assert.deepEqual([status.done, status.counts], [1_101, { aside: 1_101 }])
  const view = await openReading(db, { version: '0' }).status()
  assert.deepEqual([view.asideTotal, view.aside.length], [1_000, 50])
  assert.deepEqual(view.aside[0]?.error, 'still broken')
  assert.equal(view.aside[1]?.error.length, 500)
})

testBoth('KEV is replaced whole, EPSS by day; pages show both', async (db) => {
  await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '2.0')])
  const entry = {
    cveId: 'CVE-2024-0001',
    vendorProject: 'acme',
    product: 'acme',
    name: 'A flaw',
    dateAdded: '2024-05-05',
    dueDate: '2024-05-20',
    requiredAction: 'Update.',
    ransomware: true,
    notes: ['https://example.org'],
  }
  const dirt = { nul: 0, text: 0, coerced: 0, dropped: 0, fields: [] }
  const catalogue = { catalogVersion: '1', dateReleased: '2024-05-05T10:00:00Z', skipped: 1, dirt }
  const kev = await beginIngestion(db, request('kev', { feed: 'KEV' }))
  await replaceKev(db, kev, { ...catalogue, entries: [entry, { ...entry, cveId: 'CVE-2024-0009' }] })
  assert.deepEqual((await finishIngestion(db, kev)).counts, { entries: 2, aside: 1 })
  const second = await beginIngestion(db, request('kev', { feed: 'KEV' }))
  await replaceKev(db, second, { ...catalogue, skipped: 0, entries: [entry] })
  await finishIngestion(db, second)
  assert.equal(await count(db, 'kev'), 1)

  const day = async (date: string, scores: readonly [string, number][]) => {
    const ingestion = await beginIngestion(db, request('epss', { feed: 'EPSS' }))
    const list = scores.map(([cveId, score]) => ({ cveId, score, percentile: 0.5 }))
    await putEpss(db, ingestion, { header: { modelVersion: 'v1', scoreDate: date }, scores: list, cursor: '1' })
    return finishIngestion(db, ingestion)
  }
  await day('2024-06-01T00:00:00+0000', [
    ['CVE-2024-0001', 0.25],
    ['CVE-2024-0002', 0.125],
  ])
  await day('2024-06-02T00:00:00+0000', [['CVE-2024-0001', 0.75]])
  assert.deepEqual((await day('2024-06-01T12:00:00+0000', [['CVE-2024-0001', 0.1]])).counts, { older: 1 })
  assert.equal(await count(db, 'epss'), 1)
  const view = await cve(db, 'CVE-2024-0001')
  assert.deepEqual(view?.kev, {
    dateAdded: '2024-05-05',
    dueDate: '2024-05-20',
    requiredAction: 'Update.',
    ransomware: true,
    notes: ['https://example.org'],
  })
  assert.deepEqual([view.knownExploited, view.epss], [true, 0.75])
  assert.deepEqual(view.epssDetail, { score: 0.75, percentile: 0.5, date: '2024-06-02T00:00:00.000Z' })
  const feeds = (await openReading(db, { version: '0' }).status()).feeds
  assert.deepEqual(
    feeds.map(({ name, state, records, newestRecord }) => [name, state, records, newestRecord]),
    [
      ['EPSS', 'fresh', 1, '2024-06-02T00:00:00.000Z'],
      ['KEV', 'fresh', 1, '2024-05-05T10:00:00.000Z'],
    ],
  )
})

const cve = (db: Database, id: string) => openReading(db, { version: '0' }).cve(id)

async function count(db: Database, from: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.raw(from)}`.execute(db.kysely)
  return rows[0]!.n
}

testBoth('some vulnerabilities of each year are found, the newest year first', async (db) => {
  const of2024 = Array.from({ length: 20 }, (_, i) => `CVE-2024-${2_000 + i}`)
  await importRecords(
    db,
    ['CVE-1999-0001', 'CVE-1999-2001', 'CVE-2021-30000', ...of2024].map((id) => cveRecord(id, 'acme', '2.0')),
  )
  assert.deepEqual(await someCves(db), [...of2024.slice(0, 16), 'CVE-2021-30000', 'CVE-1999-2001'])
})
