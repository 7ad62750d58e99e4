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

/** Component, advisory, verdict, reason, fixed in: short names, as they are written down for each of 100,000 rows. */
interface MatchRow {
  readonly c: number
  readonly a: string
  readonly v: Decision['verdict']
  readonly r?: string
  readonly f?: string
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
  const advisories = await knownAdvisories(db, tx, new Set(sharing.flatMap((pair) => pair.advisories)))
  const matches = sharing.flatMap(({ component, advisories: shared }) =>
    shared.flatMap((id) => matchRow(component, components.get(component)!, advisories.get(id)!)),
  )
  await insert(tx, matches)
  return matches.length
}

function matchRow(component: number, known: Known, advisory: Advisory): MatchRow[] {
  const { verdict, reason, fixedIn } = decide(known.component, advisory, known.identity)
  if (verdict === 'different_product') return []
  const fixed = fixedIn?.slice(0, 200)
  return [{ c: component, a: advisory.id, v: verdict, ...(reason && { r: reason }), ...(fixed && { f: fixed }) }]
}

/** In the order of the table's key: the database then finds each row's place beside that of the one before. */
async function insert(tx: Tx, matches: readonly MatchRow[]): Promise<void> {
  if (matches.length === 0) return
  const sorted = matches.toSorted((a, b) => (a.a < b.a ? -1 : a.a > b.a ? 1 : a.c - b.c))
  await sql`insert into match (component, advisory, verdict, reason, fixed_in) select c, a, v, r, f
    from ${rows(sorted)} as t(c integer, a text, v text, r text, f text)`.execute(tx)
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

/** What is kept of a database: so many, those last used. A component never changes under its id. */
class Kept {
  readonly components = new Recent<number, Known>(4_000)
  readonly advisories = new Recent<string, { readonly digest: string; readonly advisory: Advisory }>(2_000)

  static of({ kysely }: Database): Kept {
    const kept = KEPT.get(kysely) ?? new Kept()
    KEPT.set(kysely, kept)
    return kept
  }
}

const KEPT = new WeakMap<Database['kysely'], Kept>()

/** The values last asked for or put in, at most so many. */
class Recent<K, V> {
  readonly #values = new Map<K, V>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get(key: K): V | undefined {
    const value = this.#values.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#most) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      return
    }
  }
}

async function knownComponents(db: Database, tx: Tx, ids: ReadonlySet<number>): Promise<Map<number, Known>> {
  const { components: kept } = Kept.of(db)
  const known = new Map<number, Known>()
  const missing: number[] = []
  for (const id of ids) {
    const found = kept.get(id)
    if (found === undefined) missing.push(id)
    else known.set(id, found)
  }
  for (const [id, facts] of await loadFacts(tx, missing)) {
    const component = componentOf(facts)
    const loaded = { component, identity: identify(component) }
    known.set(id, loaded)
    kept.set(id, loaded)
  }
  return known
}

/** Advisories by id, as they are now: packages of one batch after the other share half of them. */
async function knownAdvisories(db: Database, tx: Tx, ids: ReadonlySet<string>): Promise<Map<string, Advisory>> {
  const { advisories: kept } = Kept.of(db)
  const held = new Map([...ids].map((id) => [id, kept.get(id)]))
  const wanted = [...held].map(([id, one]) => ({ id, digest: one?.digest ?? '' }))
  const { rows: news } = await sql<{
    id: string
    digest: string
    body: string
  }>`select advisory.id, advisory.digest, body
    from advisory join ${rows(wanted)} as t(id text, digest text) on advisory.id = t.id
    where advisory.digest <> t.digest`.execute(tx)
  const known = new Map<string, Advisory>()
  for (const [id, one] of held) if (one !== undefined) known.set(id, one.advisory)
  for (const { id, digest, body } of news) {
    const advisory = JSON.parse(body) as Advisory
    known.set(id, advisory)
    kept.set(id, { digest, advisory })
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
