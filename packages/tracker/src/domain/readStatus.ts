import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { feedStatuses } from './feeds.ts'
import { type IngestionRow, ingestionStatus } from './ingestion.ts'
import { summaries } from './summary.ts'
import type { ChannelSummary, FrontView, StatusView } from './views.ts'

const INGESTIONS_SHOWN = 20
const ASIDE_SHOWN = 50

/** How the data stands now. `counts` come from `readCounts`. */
export async function readStatus(
  db: Database,
  version: string,
  counts: Readonly<Record<string, number>>,
): Promise<StatusView> {
  const { rows: ingestions } = await sql<IngestionRow>`select * from ingestion order by id desc
    limit ${sql.lit(INGESTIONS_SHOWN)}`.execute(db.kysely)
  const { rows: aside } = await sql<{ origin: string; name: string; error: string; at: Date; total: number }>`
    select origin, name, error, at, (select count(*)::int from aside) as total from aside
    order by at desc, id desc limit ${sql.lit(ASIDE_SHOWN)}`.execute(db.kysely)
  return {
    version,
    database: db.kind,
    feeds: await feedStatuses(db, new Date()),
    ingestions: ingestions.map(ingestionStatus),
    aside: aside.map(({ origin, name, error, at }) => ({ origin, name, error, at: at.toISOString() })),
    asideTotal: aside[0]?.total ?? 0,
    counts,
  }
}

/** Numbers of things in the database: they look at whole tables, so callers remember the answer. */
export async function readCounts(db: Database): Promise<Readonly<Record<string, number>>> {
  const { rows: counts } = await sql<Record<string, number>>`select
      (select count(*)::int from advisory where not rejected) as cves,
      (select count(distinct attribute)::int from presence where until is null) as packages,
      (select count(distinct channel)::int from evaluation) as channels,
      (select count(*)::int from match where verdict = 'affected') as matches,
      (select count(*)::int from kev) as exploited,
      (select count(*)::int from decision) as decisions`.execute(db.kysely)
  return counts[0]!
}

const RECENT = 10
const NAMED = 4

/** The front page: what is new and affects somebody. */
export async function readRecent(db: Database): Promise<FrontView['recent']> {
  const { rows: newest } = await sql<{ id: string }>`select id from advisory where exists (
      select 1 from finding where finding.advisory = advisory.id and verdict = 'affected')
    order by published desc nulls last, id desc limit ${sql.lit(RECENT)}`.execute(db.kysely)
  const ids = newest.map(({ id }) => id)
  if (ids.length === 0) return []
  const { rows: packages } = await sql<{ advisory: string; attribute: string }>`
    select distinct advisory, attribute from finding
    where verdict = 'affected' and advisory in (${sql.join(ids)}) order by advisory, attribute`.execute(db.kysely)
  const told = await summaries(db, ids)
  return ids.map((id) => {
    const attributes = packages.filter(({ advisory }) => advisory === id).map(({ attribute }) => attribute)
    const named = attributes.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, NAMED)
    return { cve: told.get(id)!.summary, attributes: named, more: attributes.length - named.length }
  })
}

/** What the front page counts. */
export function frontCounts(
  counts: Readonly<Record<string, number>>,
  channels: readonly ChannelSummary[],
): Readonly<Record<string, number>> {
  return { cves: counts.cves ?? 0, packages: counts.packages ?? 0, channels: channels.length }
}
