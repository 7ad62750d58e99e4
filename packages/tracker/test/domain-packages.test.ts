import assert from 'node:assert/strict'
import type { UserError } from '@firn/core'
import type { PackageEntry } from '@firn/nix'
import { inMemory, Matcher } from '@firn/scan'
import fc from 'fast-check'
import { sql } from 'kysely'
import type { Database } from '../src/db/database.ts'
import { componentOf, factsOf, storedFacts } from '../src/domain/component.ts'
import { addDecision } from '../src/domain/decisions.ts'
import { dropChannel } from '../src/domain/dropChannel.ts'
import { beginIngestion } from '../src/domain/ingestion.ts'
import { endEvaluation, putPackages } from '../src/domain/ingestPackages.ts'
import { openReading } from '../src/domain/reading.ts'
import { rematch } from '../src/domain/rematch.ts'
import { testBoth, testEmbedded } from './databases.ts'
import {
  cveRecord,
  importPackages,
  importRecords,
  packageOf,
  request,
  samplePackages,
  sampleRecords,
} from './domain-sample.ts'

const reading = (db: Database) => openReading(db, { version: '0' })

testBoth('versions are kept as intervals of change', async (db) => {
  const one = await importPackages(
    db,
    'unstable',
    [packageOf('a', '1'), packageOf('b', '1'), packageOf('c', '1')],
    2,
    'rev1',
  )
  assert.deepEqual(one.counts, { packages: 3, added: 3 })
  const two = await importPackages(db, 'unstable', [packageOf('a', '2'), packageOf('b', '1'), packageOf('d', '1')])
  assert.deepEqual(two.counts, { packages: 3, added: 1, changed: 1, removed: 1 })
  const same = await importPackages(db, 'unstable', [packageOf('a', '2'), packageOf('b', '1'), packageOf('d', '1')])
  assert.deepEqual(same.counts, { packages: 3 })
  await importPackages(db, 'stable', [packageOf('a', '1')])
  const a = await reading(db).packageView('a')
  assert.deepEqual(
    a?.history.map(({ channel, version, until }) => [channel, version, until === undefined]),
    [
      ['stable', '1', true],
      ['unstable', '2', true],
      ['unstable', '1', false],
    ],
  )
  assert.deepEqual(
    a.channels.map(({ channel, version }) => [channel, version]),
    [
      ['stable', '1'],
      ['unstable', '2'],
    ],
  )
  const c = await reading(db).packageView('c')
  assert.deepEqual([c?.channels, c?.history.length], [[], 1])
  assert.equal(await reading(db).packageView('e'), undefined)
  const channel = await reading(db).channel('unstable', 1)
  assert.deepEqual(
    channel?.evaluations.map(({ packages, added, changed, removed }) => [packages, added, changed, removed]),
    [
      [3, 0, 0, 0],
      [3, 1, 1, 1],
      [3, 3, 0, 0],
    ],
  )
  assert.deepEqual(
    (await reading(db).channels()).map(({ name }) => name),
    ['stable', 'unstable'],
  )
})

testBoth('lines, paths and a changed description are no change of version', async (db) => {
  const at = (line: number, more: Partial<PackageEntry>) =>
    packageOf('a', '1', { position: `pkgs/a.nix:${line}`, outputs: { out: `/nix/store/${line}-a` }, ...more })
  await importPackages(db, 'unstable', [at(1, {})])
  assert.deepEqual((await importPackages(db, 'unstable', [at(2, {})])).counts, { packages: 1 })
  assert.deepEqual((await importPackages(db, 'unstable', [at(2, { description: 'new' })])).counts, {
    packages: 1,
    changed: 1,
  })
  const view = await reading(db).packageView('a')
  assert.equal(view?.history.length, 1)
  assert.equal(view.description, 'new')
  assert.equal(view.position, 'pkgs/a.nix')
  const { rows } = await sql<{ path: string }>`select path from store_path order by path`.execute(db.kysely)
  assert.deepEqual(
    rows.map(({ path }) => path),
    ['/nix/store/1-a', '/nix/store/2-a'],
  )
})

testBoth('a set that lost most of its packages is refused, and nothing changes', async (db) => {
  const whole = Array.from({ length: 300 }, (_, i) => packageOf(`p${i}`, '1'))
  await importPackages(db, 'unstable', whole)
  const ingestion = await beginIngestion(db, request('packages', { channel: 'unstable' }))
  await putPackages(db, ingestion, { packages: whole.slice(0, 100), cursor: '100' })
  await assert.rejects(endEvaluation(db, ingestion), /100 packages, but unstable has 300 now: the file looks cut off/)
  assert.equal((await reading(db).channels())[0]?.packages, 300)
  const status = await endEvaluation(db, ingestion, { acceptShrinking: true })
  assert.deepEqual(status.counts, { packages: 100, removed: 200 })
})

testBoth('an interrupted set is invisible, goes on at its cursor, and gives way to a newer one', async (db) => {
  await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '2.0')])
  const asked = request('packages', { channel: 'unstable' })
  const first = await beginIngestion(db, asked)
  await putPackages(db, first, { packages: [packageOf('acme', '1.0')], cursor: '1' })
  assert.equal(await reading(db).packageView('acme'), undefined)
  assert.deepEqual((await reading(db).cve('CVE-2024-0001'))?.matches, [])
  await sql`update ingestion set claimed_until = null`.execute(db.kysely)
  const second = await beginIngestion(db, asked)
  assert.equal(second.cursor, '1')
  await putPackages(db, second, { packages: [packageOf('other', '1.0')], cursor: '2' })
  await endEvaluation(db, second)
  assert.equal((await reading(db).cve('CVE-2024-0001'))?.matches[0]?.verdict, 'affected')

  const third = await beginIngestion(db, request('packages', { channel: 'unstable' }))
  await putPackages(db, third, { packages: [packageOf('acme', '1.5')], cursor: '1' })
  await sql`update ingestion set claimed_until = null`.execute(db.kysely)
  await importPackages(db, 'unstable', [packageOf('acme', '2.0')])
  const { rows } = await sql<{ staged: number; live: string }>`select (select count(*)::int from staged) as staged,
    (select string_agg(version, ' ' order by version) from component where live) as live`.execute(db.kysely)
  assert.deepEqual(rows, [{ staged: 0, live: '2.0' }])
  assert.equal((await reading(db).cve('CVE-2024-0001'))?.matches[0]?.verdict, 'not_affected')
  const again = await beginIngestion(db, third)
  assert.deepEqual([again.cursor, again.done], [undefined, 0], 'what was staged of it is gone: it begins anew')
})

testBoth('a dropped channel is gone with its history; other channels, decisions and known paths stay', async (db) => {
  await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '2.0')])
  await importPackages(db, 'old', [
    packageOf('acme', '1.0'),
    packageOf('gone', '1'),
    packageOf('built', '1', { outputs: { out: '/nix/store/1-built' } }),
  ])
  await importPackages(db, 'old', [packageOf('acme', '1.1'), packageOf('gone', '1'), packageOf('built', '2')])
  await importPackages(db, 'new', [packageOf('acme', '1.0')])
  await addDecision(db, {
    vulnerability: 'CVE-2024-0001',
    attribute: 'acme',
    channel: 'old',
    status: 'not_affected',
    statement: 'Not so.',
    author: 'Ada',
  })
  const cut = await beginIngestion(db, request('packages', { channel: 'old' }))
  await putPackages(db, cut, { packages: [packageOf('half', '1')], cursor: '1' })
  await assert.rejects(dropChannel(db, 'old'), /old is being imported/)
  await sql`update ingestion set claimed_until = null`.execute(db.kysely)
  await assert.rejects(
    dropChannel(db, 'odl'),
    (error: UserError) => /no channel 'odl'/.test(error.message) && /new, old/.test(error.hint),
  )
  assert.equal(await dropChannel(db, 'old'), 3)
  assert.deepEqual(
    (await reading(db).channels()).map(({ name, affected }) => [name, affected]),
    [['new', 1]],
  )
  assert.equal(await reading(db).channel('old', 1), undefined)
  assert.equal(await reading(db).packageView('gone'), undefined)
  const acme = await reading(db).packageView('acme')
  assert.deepEqual(
    [acme?.history.map(({ channel }) => channel), acme?.cves[0]?.match.verdict, acme?.decisions.length],
    [['new'], 'affected', 1],
  )
  assert.equal((await reading(db).resolve(['/nix/store/1-built']))[0]?.attribute, 'built')
  const { rows } = await sql<{ left: string }>`select string_agg(attribute || version, ' ' order by attribute) as left
    from component`.execute(db.kysely)
  assert.deepEqual(rows, [{ left: 'acme1.0 built1' }])
  const again = await beginIngestion(db, cut)
  assert.deepEqual([again.cursor, again.done], [undefined, 0])
  await putPackages(db, again, { packages: [packageOf('half', '1')], cursor: '1' })
  await endEvaluation(db, again)
  assert.equal((await reading(db).channel('old', 1))?.packages, 1)
})

testEmbedded(
  'a new package is compared with what an advisory says now, not with what it said to the last one',
  async (db) => {
    await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '2.0')])
    await importPackages(db, 'unstable', [packageOf('acme', '1.5')])
    await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '1.2', {}, '2024-06-02T00:00:00Z')])
    await importPackages(db, 'unstable', [packageOf('acme', '1.6')])
    assert.equal((await reading(db).cve('CVE-2024-0001'))?.matches[0]?.verdict, 'not_affected')
  },
)

/** All matches as a set of lines, from the tables. */
async function matches(db: Database): Promise<string[]> {
  const { rows } = await sql<{
    line: string
  }>`select concat_ws(' ', component.digest, advisory, verdict, reason, fixed_in) as line
    from match join component on component.id = match.component`.execute(db.kysely)
  return rows.map(({ line }) => line).sort()
}

testBoth('matches are what the matcher says of all pairs, in whatever order things came', async (db) => {
  const records = await sampleRecords(500)
  const channels = {
    'nixos-18.03': await samplePackages('nixos-18.03'),
    'nixos-17.09': await samplePackages('nixos-17.09'),
  }
  await importRecords(db, records.slice(0, 300), 100)
  await importPackages(db, 'a', channels['nixos-18.03'].slice(0, 500), 200)
  await importRecords(db, records.slice(300), 300)
  await importPackages(db, 'a', channels['nixos-17.09'], 300)
  await importPackages(db, 'b', channels['nixos-18.03'], 1_000)
  const matcher = new Matcher(inMemory(records.flatMap((record) => record.advisories)))
  const expected = new Set<string>()
  for (const entry of [...channels['nixos-17.09'], ...channels['nixos-18.03']]) {
    const facts = factsOf(entry)
    for (const { advisory, decision } of matcher.match(componentOf(facts))) {
      const { verdict, reason, fixedIn } = decision
      const line = [storedFacts(facts).digest, advisory.id, verdict, reason, fixedIn]
      if (verdict !== 'different_product') expected.add(line.filter((part) => part !== undefined).join(' '))
    }
  }
  const found = await matches(db)
  assert.ok(found.length > 500)
  assert.deepEqual(found, [...expected].sort())
  const status = await reading(db).channels()
  assert.ok(status.every((channel) => channel.affected > 20))
})

testEmbedded('intervals give back every set that was seen, whatever sets came', async (db) => {
  const set = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('1', '2', '3')), {
    selector: ([attribute]) => attribute,
    minLength: 1,
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(set, { minLength: 1, maxLength: 5 }), async (sets) => {
      const channel = `channel-${run++}`
      for (const packages of sets) {
        await importPackages(
          db,
          channel,
          packages.map(([attribute, version]) => packageOf(attribute, version)),
          2,
        )
      }
      const { rows: evaluations } = await sql<{
        id: number
      }>`select id from evaluation where channel = ${channel} order by id`.execute(db.kysely)
      assert.equal(evaluations.length, sets.length)
      for (const [i, { id }] of evaluations.entries()) {
        const { rows } = await sql<{
          attribute: string
          version: string
        }>`select presence.attribute, version from presence
          join component on component.id = component where channel = ${channel} and since <= ${id}
          and (until is null or until > ${id}) order by presence.attribute`.execute(db.kysely)
        const expected = [...sets[i]!].sort(([a], [b]) => (a < b ? -1 : 1))
        assert.deepEqual(
          rows.map(({ attribute, version }) => [attribute, version]),
          expected,
        )
      }
      const { rows: wrong } = await sql`select 1 from component where live <> exists
        (select 1 from presence where component = component.id and until is null)`.execute(db.kysely)
      assert.equal(wrong.length, 0, 'live is what some channel has')
    }),
    { numRuns: 25 },
  )
})

testBoth('a new matcher makes everything derived anew, and goes on where it was stopped', async (db) => {
  await importRecords(db, await sampleRecords(600))
  await importPackages(db, 'a', await samplePackages('nixos-18.03'))
  const before = await matches(db)
  assert.ok(before.length > 500)
  assert.equal(await rematch(db), false, 'nothing to do for the same matcher')
  await sql`update state set matcher = 'another'`.execute(db.kysely)
  for (const table of ['match', 'advisory_name', 'component_name', 'alias'])
    await sql.raw(`delete from ${table}`).execute(db.kysely)
  await sql`update advisory set digest = '', body = '{"id": "CVE-0000-0000", "aliases": [], "statements": []}'`.execute(
    db.kysely,
  )
  const stop = new AbortController()
  await assert.rejects(rematch(db, { signal: stop.signal, onProgress: ({ done }) => done > 1_000 && stop.abort() }))
  const seen: number[] = []
  // Who asks meanwhile is answered before the end: an embedded database must not keep the thread to itself.
  let answered = false
  setImmediate(async () => {
    await reading(db).channels()
    answered = true
  })
  assert.equal(await rematch(db, { onProgress: ({ done }) => seen.push(done) }), true)
  assert.ok(seen[0]! > 1_000, 'it went on')
  assert.ok(answered, 'who asked meanwhile had to wait for the end')
  assert.deepEqual(await matches(db), before)
  assert.equal(await rematch(db), false)
})
