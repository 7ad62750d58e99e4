import { type Advisory, type Component, type Decision, decide, type Identity, identify } from '@firn/scan'
import { sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import { rows } from '../db/write.ts'
import { componentOf, type Facts } from './component.ts'

/**
 * Matches are kept for live components, and change in the transaction that changes either side: an advisory is
 * compared with the components that share a name with it, a component with the advisories that do.
 */

/** Lists of keys travel as one text, a space between: both drivers parse arrays sign by sign. No id has a space. */

interface Known {
  readonly component: Component
  readonly identity: Identity
}

interface MatchRow {
  readonly component: number
  readonly advisory: string
  readonly verdict: Decision['verdict']
  readonly reason: string | null
  readonly fixed_in: string | null
}

/** Compare these advisories, as they are now, with all live components. Gives the number of rows written. */
export async function matchAdvisories(db: Database, tx: Tx, advisories: readonly Advisory[]): Promise<number> {
  if (advisories.length === 0) return 0
  const ids = advisories.map(({ id }) => ({ id }))
  const { rows: old } = await sql`delete from match using ${rows(ids)} as t(id text)
    where match.advisory = t.id returning 1`.execute(tx)
  const { rows: pairs } = await sql<{ advisory: string; components: string }>`
    select advisory, string_agg(distinct component::text, ' ') as components from advisory_name
    join ${rows(ids)} as t(id text) on advisory_name.advisory = t.id
    join component_name using (name) group by advisory`.execute(tx)
  if (pairs.length === 0) return old.length
  const byId = new Map(advisories.map((advisory) => [advisory.id, advisory]))
  const sharing = pairs.map((pair) => ({ ...pair, components: pair.components.split(' ').map(Number) }))
  const components = await knownComponents(db, tx, new Set(sharing.flatMap((pair) => pair.components)))
  const matches = sharing.flatMap((pair) => {
    const advisory = byId.get(pair.advisory)!
    return pair.components.flatMap((id) => matchRow(id, components.get(id)!, advisory))
  })
  await insert(tx, matches)
  return old.length + matches.length
}

/** Compare these components, new to the live ones, with all advisories. Gives the number of rows written. */
export async function matchComponents(db: Database, tx: Tx, ids: readonly number[]): Promise<number> {
  if (ids.length === 0) return 0
  const { rows: pairs } = await sql<{ component: number; advisories: string }>`
    select component, string_agg(distinct advisory, ' ') as advisories from component_name
    join ${rows(ids.map((id) => ({ id })))} as t(id integer) on component_name.component = t.id
    join advisory_name using (name) group by component`.execute(tx)
  if (pairs.length === 0) return 0
  const sharing = pairs.map((pair) => ({ ...pair, advisories: pair.advisories.split(' ') }))
  const components = await knownComponents(db, tx, new Set(sharing.map((pair) => pair.component)))
  const advisories = await loadAdvisories(tx, new Set(sharing.flatMap((pair) => pair.advisories)))
  const matches = sharing.flatMap(({ component, advisories: shared }) =>
    shared.flatMap((id) => matchRow(component, components.get(component)!, advisories.get(id)!)),
  )
  await insert(tx, matches)
  return matches.length
}

function matchRow(component: number, known: Known, advisory: Advisory): MatchRow[] {
  const { verdict, reason, fixedIn } = decide(known.component, advisory, known.identity)
  if (verdict === 'different_product') return []
  return [
    { component, advisory: advisory.id, verdict, reason: reason ?? null, fixed_in: fixedIn?.slice(0, 200) ?? null },
  ]
}

async function insert(tx: Tx, matches: readonly MatchRow[]): Promise<void> {
  if (matches.length === 0) return
  await sql`insert into match (component, advisory, verdict, reason, fixed_in)
    select component, advisory, verdict, reason, fixed_in
    from ${rows(matches)} as t(component integer, advisory text, verdict text, reason text, fixed_in text)`.execute(tx)
}

/** Advisories by id, as they are stored. */
export async function loadAdvisories(
  tx: Tx | Database['kysely'],
  ids: Iterable<string>,
): Promise<Map<string, Advisory>> {
  const wanted = [...ids].map((id) => ({ id }))
  if (wanted.length === 0) return new Map()
  const { rows: found } = await sql<{ id: string; body: string }>`select advisory.id, body from advisory
    join ${rows(wanted)} as t(id text) on advisory.id = t.id`.execute(tx)
  return new Map(found.map(({ id, body }) => [id, JSON.parse(body) as Advisory]))
}

/** A component never changes under its id, so what is known of it may be kept; so many are, the last used. */
const KEPT = 4_000
const CACHES = new WeakMap<Database['kysely'], Map<number, Known>>()

async function knownComponents(db: Database, tx: Tx, ids: ReadonlySet<number>): Promise<Map<number, Known>> {
  let cache = CACHES.get(db.kysely)
  if (cache === undefined) {
    cache = new Map()
    CACHES.set(db.kysely, cache)
  }
  const known = new Map<number, Known>()
  const missing: number[] = []
  for (const id of ids) {
    const found = cache.get(id)
    if (found === undefined) missing.push(id)
    else {
      known.set(id, found)
      cache.delete(id)
      cache.set(id, found)
    }
  }
  for (const [id, facts] of await loadFacts(tx, missing)) {
    const component = componentOf(facts)
    const loaded = { component, identity: identify(component) }
    known.set(id, loaded)
    cache.set(id, loaded)
  }
  for (const id of cache.keys()) {
    if (cache.size <= KEPT) break
    cache.delete(id)
  }
  return known
}

/** Components by id, as they are stored. */
export async function loadFacts(tx: Tx | Database['kysely'], ids: Iterable<number>): Promise<Map<number, Facts>> {
  const wanted = [...ids].map((id) => ({ id }))
  if (wanted.length === 0) return new Map()
  const { rows: found } = await sql<{ id: number; facts: string }>`select component.id, facts from component
    join ${rows(wanted)} as t(id integer) on component.id = t.id`.execute(tx)
  return new Map(found.map(({ id, facts }) => [id, JSON.parse(facts) as Facts]))
}
