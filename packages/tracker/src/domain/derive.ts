import { hash } from 'node:crypto'
import { type Advisory, advisoryNames, mergeAdvisories } from '@firn/scan'
import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'
import { rows } from '../db/write.ts'
import { advisoriesOf, type IncomingRecord, isoMoment, type RecordSource, unpackRecord } from './record.ts'

/**
 * Make the advisories anew that these stored records speak of, or spoke of before, each from all of its records; one
 * that no record speaks of any more goes. Gives those that are now otherwise than they were.
 */
export async function deriveAdvisories(tx: Tx, records: readonly IncomingRecord[]): Promise<Advisory[]> {
  if (records.length === 0) return []
  const left = await noteOsv(tx, records)
  const said = new Map<string, Advisory[]>()
  for (const advisory of records.flatMap((record) => record.advisories)) push(said, advisory)
  const ids = [...new Set([...said.keys(), ...left])]
  for (const advisory of await otherRecords(tx, ids, records)) push(said, advisory)
  const gone = ids.filter((id) => !said.has(id))
  if (gone.length > 0) await remove(tx, gone)
  return put(
    tx,
    [...said.values()].map((list) => mergeAdvisories(list)),
  )
}

/** Make these stored advisories anew from their records, for a matcher that reads records otherwise. Gives all of them. */
export async function rederive(tx: Tx, ids: readonly string[]): Promise<Advisory[]> {
  const said = new Map<string, Advisory[]>()
  for (const advisory of await otherRecords(tx, ids, [])) push(said, advisory)
  const merged = [...said.values()].map((list) => mergeAdvisories(list))
  await put(tx, merged)
  return merged
}

async function remove(tx: Tx, ids: readonly string[]): Promise<void> {
  const list = ids.map((id) => ({ id }))
  await sql`delete from advisory using ${rows(list)} as t(id text) where advisory.id = t.id`.execute(tx)
  for (const table of ['advisory_name', 'alias', 'match']) {
    await sql`delete from ${sql.table(table)} using ${rows(list)} as t(id text) where advisory = t.id`.execute(tx)
  }
}

function push(map: Map<string, Advisory[]>, advisory: Advisory): void {
  const list = map.get(advisory.id)
  if (list === undefined) map.set(advisory.id, [advisory])
  else list.push(advisory)
}

/** Write down which advisories the OSV records speak of; gives the ids that they spoke of before. */
async function noteOsv(tx: Tx, records: readonly IncomingRecord[]): Promise<string[]> {
  const osv = records.filter(({ source }) => source === 'osv')
  if (osv.length === 0) return []
  const links = osv.flatMap(({ id, advisories }) =>
    advisories.map((advisory) => ({ record: id, advisory: advisory.id })),
  )
  const { rows: before } = await sql<{ advisory: string }>`delete from osv_advisory
    using ${rows(osv.map(({ id }) => ({ id })))} as t(id text)
    where osv_advisory.record = t.id returning advisory`.execute(tx)
  await sql`insert into osv_advisory (advisory, record) select distinct advisory, record
    from ${rows(links)} as t(advisory text, record text)`.execute(tx)
  return before.map(({ advisory }) => advisory)
}

/** What the stored records beside these say of the same vulnerabilities. */
async function otherRecords(tx: Tx, ids: readonly string[], records: readonly IncomingRecord[]): Promise<Advisory[]> {
  const wanted = new Set(ids)
  const { rows: found } = await sql<{ source: RecordSource; raw: Uint8Array }>`
    with wanted as materialized (select id from ${rows(ids.map((id) => ({ id })))} as t(id text)),
      batch as materialized (select source, id from ${rows(records.map(({ source, id }) => ({ source, id })))}
        as t(source text, id text)),
      beside as (
        select source, record.id from record join wanted using (id) where source in ('cve', 'nvd')
        union
        select 'osv', osv_advisory.record from osv_advisory join wanted on osv_advisory.advisory = wanted.id
        except select source, id from batch)
    select record.source, raw from record join beside using (source, id)`.execute(tx)
  return found
    .flatMap(({ source, raw }) => advisoriesOf(unpackRecord(source, raw)))
    .filter((advisory) => wanted.has(advisory.id))
}

/** A longer name is nothing's name, and no index takes it. */
const LONGEST_NAME = 200

async function put(tx: Tx, advisories: readonly Advisory[]): Promise<Advisory[]> {
  const changed = await onlyChanged(tx, advisories)
  if (changed.length === 0) return []
  const names = new Map(changed.map(({ advisory }) => [advisory.id, keys(advisoryNames(advisory))]))
  const aliases = changed.flatMap(({ advisory }) =>
    keys(advisory.aliases).map((alias) => ({ alias, advisory: advisory.id })),
  )
  const list = changed.map(({ advisory, body, digest }) => ({
    id: advisory.id,
    body,
    digest,
    published: isoMoment(advisory.published),
    score: advisory.severity?.score,
    rejected: advisory.rejected === true,
    text: [advisory.id, advisory.title?.slice(0, 1_000), ...names.get(advisory.id)!, advisory.description].join(' '),
  }))
  await sql`insert into advisory (id, body, digest, published, score, rejected, search)
    select id, body, digest, published, score, rejected, to_tsvector('english', text)
    from ${rows(list)} as t(id text, body text, digest text, published timestamptz, score real, rejected boolean, text text)
    on conflict (id) do update set body = excluded.body, digest = excluded.digest, published = excluded.published,
      score = excluded.score, rejected = excluded.rejected, search = excluded.search`.execute(tx)
  const known = changed.filter(({ isNew }) => !isNew).map(({ advisory }) => ({ id: advisory.id }))
  if (known.length > 0) {
    for (const table of ['advisory_name', 'alias']) {
      await sql`delete from ${sql.table(table)} using ${rows(known)} as t(id text) where advisory = t.id`.execute(tx)
    }
  }
  const named = [...names].flatMap(([advisory, list]) => list.map((name) => ({ name, advisory })))
  await sql`insert into advisory_name (name, advisory) select name, advisory
    from ${rows(named)} as t(name text, advisory text)`.execute(tx)
  if (aliases.length > 0) {
    await sql`insert into alias (alias, advisory) select alias, advisory
      from ${rows(aliases)} as t(alias text, advisory text)`.execute(tx)
  }
  return changed.map(({ advisory }) => advisory)
}

function keys(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name.length <= LONGEST_NAME)
}

interface Changed {
  readonly advisory: Advisory
  readonly body: string
  readonly digest: string
  readonly isNew: boolean
}

/** A record may change where the reduced advisory does not: then nothing needs to be matched. */
async function onlyChanged(tx: Tx, advisories: readonly Advisory[]): Promise<Changed[]> {
  const list = advisories.map((advisory) => {
    const body = JSON.stringify(advisory)
    return { advisory, body, digest: hash('sha256', body, 'base64url') }
  })
  const { rows: found } = await sql<{ id: string; digest: string }>`select advisory.id, advisory.digest from advisory
    join ${rows(advisories.map(({ id }) => ({ id })))} as t(id text) on advisory.id = t.id`.execute(tx)
  const stored = new Map(found.map(({ id, digest }) => [id, digest]))
  return list
    .filter(({ advisory, digest }) => stored.get(advisory.id) !== digest)
    .map((entry) => ({ ...entry, isNew: !stored.has(entry.advisory.id) }))
}
