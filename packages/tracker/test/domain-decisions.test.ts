import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Database } from '../src/db/database.ts'
import { addDecision, listDecisions } from '../src/domain/decisions.ts'
import { openReading } from '../src/domain/reading.ts'
import { testBoth } from './databases.ts'
import { cveRecord, importPackages, importRecords, osvRecord, packageOf } from './domain-sample.ts'

const DECISION = {
  vulnerability: 'CVE-2024-0001',
  attribute: 'acme',
  status: 'not_affected',
  justification: 'vulnerable_code_not_present',
  statement: 'We build without it.',
  author: 'maintainer',
} as const

const reading = (db: Database) => openReading(db, { version: '0' })

/** `channel verdict` of the one package, its overall verdict, and the first step of its evidence. */
async function told(db: Database, id = 'CVE-2024-0001') {
  const [match] = (await reading(db).cve(id))?.matches ?? []
  return [
    match?.channels.map(({ channel, verdict }) => `${channel} ${verdict}`),
    match?.verdict,
    match?.evidence[0]?.source,
  ]
}

async function prepare(db: Database): Promise<void> {
  await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '2.0')])
  await importPackages(db, 'stable', [packageOf('acme', '1.0')])
  await importPackages(db, 'unstable', [packageOf('acme', '1.5')])
}

testBoth('a decision changes the verdict, on every page, with its author', async (db) => {
  await prepare(db)
  assert.deepEqual((await told(db))[1], 'affected')
  const { decision: made, holds } = await addDecision(db, DECISION)
  assert.equal(holds, 2)
  assert.deepEqual(await told(db), [
    ['stable not_affected', 'unstable not_affected'],
    'not_affected',
    'decision 1 by maintainer',
  ])
  assert.deepEqual(
    (await reading(db).channels()).map(({ affected }) => affected),
    [0, 0],
  )
  assert.equal((await reading(db).channel('stable', 1))?.matches.length, 0)
  const view = await reading(db).packageView('acme')
  assert.deepEqual(
    [view?.cves[0]?.match.verdict, view?.cves[0]?.match.evidence[0]?.source],
    ['not_affected', 'decision 1 by maintainer'],
  )
  assert.deepEqual((await reading(db).front()).recent, [])
  assert.deepEqual(await listDecisions(db), [made])
  assert.deepEqual([view?.decisions, (await reading(db).cve('CVE-2024-0001'))?.decisions], [[made], [made]])
  assert.deepEqual(await listDecisions(db, { vulnerabilities: ['CVE-2024-0002'] }), [])
})

testBoth('it holds in its channel, for its versions, until its day', async (db) => {
  await prepare(db)
  await addDecision(db, { ...DECISION, channel: 'stable' })
  assert.deepEqual((await told(db))[0], ['stable not_affected', 'unstable affected'])
  await addDecision(db, { ...DECISION, versions: '>= 1.4, < 1.6' })
  assert.deepEqual((await told(db))[0], ['stable not_affected', 'unstable not_affected'])
  await importPackages(db, 'unstable', [packageOf('acme', '1.7')])
  assert.deepEqual(
    (await told(db))[0],
    ['stable not_affected', 'unstable affected'],
    'the version moved out of its range',
  )
  const { holds } = await addDecision(db, { ...DECISION, expires: '2020-01-01' })
  assert.equal(holds, 0)
  assert.deepEqual((await told(db))[0], ['stable not_affected', 'unstable affected'], 'an expired one says nothing')
  await addDecision(db, { ...DECISION, status: 'affected', channel: 'stable' })
  assert.deepEqual((await told(db))[0], ['stable affected', 'unstable affected'], 'the later one counts')
})

testBoth('it may come before the record, speak by an alias, and find what the matcher does not', async (db) => {
  await addDecision(db, { ...DECISION, vulnerability: 'GHSA-2222-3333-4444' })
  await addDecision(db, { ...DECISION, vulnerability: 'CVE-2024-0002', attribute: 'other', status: 'affected' })
  await importPackages(db, 'unstable', [packageOf('acme', '1.5'), packageOf('other', '1')])
  await importRecords(db, [cveRecord('CVE-2024-0001', 'acme', '2.0'), cveRecord('CVE-2024-0002', 'acme', '2.0')])
  assert.equal((await told(db))[1], 'affected')
  await importRecords(db, [osvRecord('GHSA-2222-3333-4444', ['CVE-2024-0001'], 'acme', '2.0')])
  assert.equal((await told(db))[1], 'not_affected')
  const matches = (await reading(db).cve('CVE-2024-0002'))?.matches
  assert.deepEqual(
    matches?.map(({ attribute, verdict }) => [attribute, verdict]),
    [
      ['acme', 'affected'],
      ['other', 'affected'],
    ],
  )
})

testBoth('a decision stays as it was made', async (db) => {
  await addDecision(db, DECISION)
  for (const statement of [`update decision set status = 'affected'`, 'delete from decision', 'truncate decision']) {
    await assert.rejects(sql.raw(statement).execute(db.kysely), /stays as it was made/, statement)
  }
  assert.equal((await listDecisions(db)).length, 1)
})

testBoth('a scope is a range, one version, or one snapshot; fields left empty are absent', async (db) => {
  for (const versions of ['>= 1.0, < 1.2.3', '< 2', '1.2.3', '0-unstable-2024-05-07', 'unstable-2024-01-01']) {
    assert.equal((await addDecision(db, { ...DECISION, versions })).decision.versions, versions)
  }
  const { decision } = await addDecision(db, { ...DECISION, versions: ' ', channel: '', expires: '' })
  assert.deepEqual([decision.versions, decision.channel, decision.expires], [undefined, undefined, undefined])
})

testBoth('what makes no sense is refused, and nothing is written', async (db) => {
  const { justification: _justification, statement: _statement, ...bare } = DECISION
  const wrong = [
    [bare, /why it is not affected/],
    [{ ...DECISION, status: 'fine' as 'fixed' }, /no status of VEX/],
    [{ ...DECISION, justification: 'because' }, /no justification/],
    [{ ...DECISION, expires: '2024-13-41' }, /no day/],
    [{ ...DECISION, vulnerability: 'a flaw' }, /no id/],
    [{ ...DECISION, versions: 'the old ones' }, /no range of versions/],
    [{ ...DECISION, versions: '>= x' }, /no range of versions/],
    [{ ...DECISION, attribute: ' ' }, /no attribute/],
    [{ ...DECISION, statement: 'x'.repeat(5_000) }, /longer than 4000/],
  ] as const
  for (const [decision, message] of wrong) await assert.rejects(addDecision(db, decision), message)
  assert.deepEqual(await listDecisions(db), [])
})

testBoth('a scanner is told the same, decisions too, and paths are known', async (db) => {
  await prepare(db)
  await importPackages(db, 'jobs', [
    packageOf('acme', '1.0', {
      drvPath: '/nix/store/aaa-acme-1.0.drv',
      outputs: { out: '/nix/store/bbb-acme-1.0' },
      patches: ['CVE-2024-0009.patch'],
    }),
  ])
  const component = { name: 'acme-1.0', pname: 'acme', version: '1.0' }
  const ask = (all: boolean) => reading(db).match({ components: [{ name: 'nothing-1' }, component], all })
  const before = await ask(false)
  assert.deepEqual(
    before.matches.map(({ component: i, advisory, decision }) => [i, advisory.id, decision.verdict]),
    [[1, 'CVE-2024-0001', 'affected']],
  )
  assert.deepEqual([before.advisories.records, before.advisories.newest], [1, '2024-06-01T00:00:00.000Z'])
  assert.ok(Date.now() - Date.parse(before.advisories.updated) < 600_000)
  await addDecision(db, { ...DECISION, status: 'fixed' })
  assert.deepEqual((await ask(false)).matches, [])
  assert.equal((await ask(true)).matches[0]?.decision.verdict, 'patched')
  const paths = ['/nix/store/aaa-acme-1.0.drv', '/nix/store/bbb-acme-1.0', '/nix/store/ccc-other']
  const found = await reading(db).resolve(paths)
  assert.deepEqual(
    found.map(({ path, attribute, version, patches }) => [path, attribute, version, patches]),
    paths.slice(0, 2).map((path) => [path, 'acme', '1.0', ['CVE-2024-0009.patch']]),
  )
})
