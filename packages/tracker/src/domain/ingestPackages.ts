import { UserError } from '@firn/core'
import type { PackageEntry } from '@firn/nix'
import { candidateNames } from '@firn/scan'
import { sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import { rows, write } from '../db/write.ts'
import { componentOf, type Facts, factsOf, storedFacts } from './component.ts'
import { advance, type BadRecord, type BatchEnd, finish, type Ingestion } from './ingestion.ts'
import { matchComponents } from './matching.ts'
import { renewRuled } from './ruled.ts'
import { tidy } from './tidy.ts'
import type { IngestionStatus } from './views.ts'

/** Stage a batch of a channel's package set (some 1,000); nothing is visible before `endEvaluation`. */
export async function putPackages(
  db: Database,
  ingestion: Ingestion,
  batch: BatchEnd & { readonly packages: readonly PackageEntry[] },
): Promise<void> {
  const { good, bad } = split(batch.packages)
  await write(db, async (tx) => {
    const entries = good.map((entry) => {
      const facts = factsOf(entry)
      return { entry, facts, ...storedFacts(facts) }
    })
    const ids = await storeComponents(tx, entries)
    const revived = await revive(tx, entries, ids)
    const matched = await matchComponents(
      db,
      tx,
      revived.map(({ id }) => id),
    )
    await stage(
      tx,
      ingestion,
      entries.map(({ entry, digest }) => ({ attribute: entry.attribute, component: ids.get(digest)!.id })),
    )
    await storePaths(
      tx,
      entries.map(({ entry, digest }) => ({ entry, component: ids.get(digest)!.id })),
    )
    const all = [...(batch.bad ?? []), ...bad]
    await advance(
      tx,
      ingestion,
      { ...batch, bad: all },
      {
        entries: good.length,
        counts: { packages: good.length },
        churn: good.length + 5 * revived.length + matched,
      },
    )
  })
}

/** No index takes longer keys, and nixpkgs has none. */
const LONGEST = 500

function split(packages: readonly PackageEntry[]): { good: PackageEntry[]; bad: BadRecord[] } {
  const byAttribute = new Map<string, PackageEntry>()
  const bad: BadRecord[] = []
  for (const entry of packages) {
    if (entry.attribute.length > LONGEST) bad.push({ name: entry.attribute, error: 'the attribute is too long' })
    else byAttribute.set(entry.attribute, entry)
  }
  return { good: [...byAttribute.values()], bad }
}

interface Entry {
  readonly facts: Facts
  readonly text: string
  readonly digest: string
}

interface Stored {
  readonly id: number
  readonly live: boolean
}

/** Each set of facts once, by digest. */
async function storeComponents(tx: Tx, entries: readonly Entry[]): Promise<Map<string, Stored>> {
  const list = entries.map(({ facts, text, digest }) => ({
    digest,
    attribute: facts.attribute,
    pname: facts.pname,
    version: facts.version,
    facts: text,
    words: [facts.attribute, ...facts.attribute.split(/[._-]+/), facts.pname, facts.description?.slice(0, 500)].join(
      ' ',
    ),
  }))
  await sql`insert into component (digest, attribute, pname, version, facts, live, search)
    select distinct on (digest) digest, attribute, pname, version, facts, false, to_tsvector('simple', words)
    from ${rows(list)} as t(digest text, attribute text, pname text, version text, facts text, words text)
    where not exists (select 1 from component where component.digest = t.digest)`.execute(tx)
  const { rows: found } = await sql<Stored & { digest: string }>`select id, component.digest, live from component
    join ${rows(entries.map(({ digest }) => ({ digest })))} as t(digest text)
      on component.digest = t.digest`.execute(tx)
  return new Map(found.map(({ digest, id, live }) => [digest, { id, live }]))
}

/** Components that no channel had before get their names and matches. */
async function revive(tx: Tx, entries: readonly Entry[], ids: ReadonlyMap<string, Stored>): Promise<{ id: number }[]> {
  const revived = new Map<number, Facts>()
  for (const { facts, digest } of entries) {
    const stored = ids.get(digest)!
    if (!stored.live) revived.set(stored.id, facts)
  }
  const list = [...revived.keys()].map((id) => ({ id }))
  if (list.length === 0) return []
  await sql`update component set live = true from ${rows(list)} as t(id integer) where component.id = t.id`.execute(tx)
  await nameComponents(tx, revived)
  return list
}

/** Write down under which names advisories may speak of these components. */
export async function nameComponents(tx: Tx, components: ReadonlyMap<number, Facts>): Promise<void> {
  const names = [...components].flatMap(([component, facts]) =>
    [...new Set(candidateNames(componentOf(facts)))]
      .filter((name) => name.length <= LONGEST)
      .map((name) => ({ name, component })),
  )
  await sql`insert into component_name (name, component) select name, component
    from ${rows(names)} as t(name text, component integer)`.execute(tx)
}

async function stage(
  tx: Tx,
  ingestion: Ingestion,
  list: readonly { readonly attribute: string; readonly component: number }[],
): Promise<void> {
  await sql`insert into staged (ingestion, attribute, component)
    select ${ingestion.id}::int, attribute, component from ${rows(list)} as t(attribute text, component integer)
    on conflict (ingestion, attribute) do update set component = excluded.component`.execute(tx)
}

/** nix-eval-jobs says where a package will be in the store: a scanner that sees the path can ask what it is. */
async function storePaths(
  tx: Tx,
  list: readonly { readonly entry: PackageEntry; readonly component: number }[],
): Promise<void> {
  const paths = list.flatMap(({ entry, component }) =>
    [...Object.values(entry.outputs ?? {}), entry.drvPath ?? '']
      .filter((path) => path.startsWith('/') && path.length <= LONGEST)
      .map((path) => ({ path, component })),
  )
  if (paths.length === 0) return
  await sql`insert into store_path (path, component, seen) select distinct on (path) path, component, now()
    from ${rows(paths)} as t(path text, component integer)
    on conflict (path) do update set component = excluded.component, seen = excluded.seen
    where store_path.component <> excluded.component or store_path.seen < now() - interval '1 day'`.execute(tx)
}

/** Paths that no evaluation had for so long are forgotten. */
const PATHS_KEPT = sql`interval '400 days'`
/** A set that is smaller than this part of the one before is more likely a broken file than the truth. */
const LEAST_SHARE = 0.5
/** Below this there is no telling. */
const TELLING = 200

/**
 * The whole set is staged: turn what changed into intervals, in one transaction, and finish the ingestion. A set of
 * less than half of the channel's packages is refused (UserError) unless `options.acceptShrinking`.
 */
export async function endEvaluation(
  db: Database,
  ingestion: Ingestion,
  options: { readonly acceptShrinking?: boolean } = {},
): Promise<IngestionStatus> {
  const status = await write(db, async (tx) => {
    const { staged, current } = await sizes(tx, ingestion)
    if (current >= TELLING && staged < current * LEAST_SHARE && options.acceptShrinking !== true) {
      throw shrunk(ingestion, staged, current)
    }
    const counts = await makeIntervals(tx, ingestion, staged)
    await sql`delete from staged where ingestion = ${ingestion.id}`.execute(tx)
    await retire(tx)
    await renewRuled(tx, {})
    await sql`delete from store_path where seen < now() - ${PATHS_KEPT}`.execute(tx)
    await advance(tx, ingestion, { cursor: 'all' }, { entries: 0, counts, churn: 2 * staged })
    return finish(tx, ingestion)
  })
  await tidy(db)
  return status
}

async function sizes(tx: Tx, ingestion: Ingestion): Promise<{ staged: number; current: number }> {
  const { rows: found } = await sql<{ staged: number; current: number }>`select
    (select count(*)::int from staged where ingestion = ${ingestion.id}) as staged,
    (select count(*)::int from presence where channel = ${channelOf(ingestion)} and until is null) as current`.execute(
    tx,
  )
  return found[0]!
}

function shrunk(ingestion: Ingestion, staged: number, current: number): UserError {
  return new UserError(
    `${ingestion.origin}: ${staged} packages, but ${ingestion.channel} has ${current} now: the file looks cut off`,
    'fetch it again; where the set really shrank so much: firn tracker import FILE --accept-shrinking',
  )
}

function channelOf(ingestion: Ingestion): string {
  if (ingestion.channel !== undefined) return ingestion.channel
  throw new RangeError('an ingestion of packages has a channel')
}

async function makeIntervals(tx: Tx, ingestion: Ingestion, staged: number): Promise<Record<string, number>> {
  const channel = channelOf(ingestion)
  const { rows: made } = await sql<{ id: number }>`insert into evaluation
    (channel, revision, imported, packages, added, changed, removed)
    values (${channel}, ${ingestion.revision ?? null}, now(), ${staged}, 0, 0, 0) returning id`.execute(tx)
  const { id } = made[0]!
  const closed = await sql<{ changed: boolean }>`with kept as (
      select attribute, component from staged where ingestion = ${ingestion.id})
    update presence set until = ${id}::int from presence as held left join kept using (attribute)
    where presence.channel = ${channel} and presence.until is null and held.channel = presence.channel
      and held.attribute = presence.attribute and held.since = presence.since
      and kept.component is distinct from held.component
    returning kept.component is not null as changed`.execute(tx)
  const opened = await sql`insert into presence (channel, attribute, component, since)
    select ${channel}, attribute, component, ${id}::int from staged
    where ingestion = ${ingestion.id} and not exists (select 1 from presence
      where channel = ${channel} and presence.attribute = staged.attribute and until is null)`.execute(tx)
  const changed = closed.rows.filter((row) => row.changed).length
  const removed = closed.rows.length - changed
  const added = Number(opened.numAffectedRows ?? 0n) - changed
  await sql`update evaluation set added = ${added}, changed = ${changed}, removed = ${removed} where id = ${id}`.execute(
    tx,
  )
  return { added, changed, removed }
}

/** What no channel has any more, and no evaluation under way, keeps its facts for the history and loses its matches. */
export async function retire(tx: Tx): Promise<void> {
  const { rows: retired } = await sql<{ id: number }>`update component set live = false where live
    and not exists (select 1 from presence where presence.component = component.id and until is null)
    and not exists (select 1 from staged where staged.component = component.id) returning id`.execute(tx)
  if (retired.length === 0) return
  for (const table of ['component_name', 'match']) {
    await sql`delete from ${sql.table(table)} using ${rows(retired)} as t(id integer) where component = t.id`.execute(
      tx,
    )
  }
}
