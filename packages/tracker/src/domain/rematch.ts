import { matcherVersion } from '@firn/scan'
import { sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import { rows, write } from '../db/write.ts'
import { rederive } from './derive.ts'
import { advance, beginIngestion, finish, type Ingestion, releaseIngestion } from './ingestion.ts'
import { nameComponents } from './ingestPackages.ts'
import { loadFacts, matchAdvisories } from './matching.ts'
import { renewRuled } from './ruled.ts'
import { tidy } from './tidy.ts'

export interface RematchOptions {
  /** Stops after the batch under way; the next call goes on there. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void
}

const COMPONENTS = 1_000
const ADVISORIES = 500

/**
 * When the matcher is no longer the one that made what is stored: names of components, reduced advisories and matches
 * are made anew from facts and records, batch by batch, while pages go on answering. Gives whether there was a need.
 */
export async function rematch(db: Database, { signal, onProgress }: RematchOptions = {}): Promise<boolean> {
  const { rows: state } = await sql<{
    needed: boolean
    total: number
  }>`select matcher not in ('', ${matcherVersion()}) as needed,
    (select count(*)::int from component where live) + (select count(*)::int from advisory) as total
    from state`.execute(db.kysely)
  const { needed, total } = state[0]!
  if (!needed) return false
  const ingestion = await beginIngestion(db, {
    kind: 'rematch',
    origin: 'a new matcher',
    digest: matcherVersion(),
    total,
  })
  let done = ingestion.done
  let place = placeOf(ingestion.cursor)
  while (place !== undefined) {
    if (signal?.aborted) {
      await releaseIngestion(db, ingestion)
      throw signal.reason
    }
    const { entries, next } = await step(db, ingestion, place)
    done += entries
    onProgress?.({ done, total })
    place = next
  }
  await write(db, async (tx) => {
    await renewRuled(tx, {})
    await sql`update state set matcher = ${matcherVersion()}`.execute(tx)
    await finish(tx, ingestion)
  })
  await tidy(db)
  return true
}

/** Components by id, then advisories by id: the last one done. */
type Place = { readonly component: number } | { readonly advisory: string }

function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return { component: 0 }
  return cursor === 'all' ? undefined : (JSON.parse(cursor) as Place)
}

function step(db: Database, ingestion: Ingestion, place: Place): Promise<{ entries: number; next: Place | undefined }> {
  return write(db, async (tx) => {
    const { entries, next, churn } =
      'component' in place ? await rename(tx, place.component) : await remake(db, tx, place.advisory)
    const cursor = next === undefined ? 'all' : JSON.stringify(next)
    await advance(tx, ingestion, { cursor }, { entries, counts: {}, churn })
    return { entries, next }
  })
}

interface Step {
  readonly entries: number
  readonly next: Place | undefined
  readonly churn: number
}

async function rename(tx: Tx, after: number): Promise<Step> {
  const { rows: found } = await sql<{ id: number }>`select id from component where live and id > ${after}::int
    order by id limit ${sql.lit(COMPONENTS)}`.execute(tx)
  if (found.length === 0) return { entries: 0, next: { advisory: '' }, churn: 0 }
  await sql`delete from component_name using ${rows(found)} as t(id integer) where component = t.id`.execute(tx)
  const ids = found.map(({ id }) => id)
  await nameComponents(tx, await loadFacts(tx, ids))
  return { entries: ids.length, next: { component: ids.at(-1)! }, churn: 4 * ids.length }
}

async function remake(db: Database, tx: Tx, after: string): Promise<Step> {
  const { rows: found } = await sql<{ id: string }>`select id from advisory where id > ${after}
    order by id limit ${sql.lit(ADVISORIES)}`.execute(tx)
  if (found.length === 0) return { entries: 0, next: undefined, churn: 0 }
  const ids = found.map(({ id }) => id)
  const matched = await matchAdvisories(db, tx, await rederive(tx, ids))
  return { entries: ids.length, next: { advisory: ids.at(-1)! }, churn: 4 * ids.length + matched }
}
