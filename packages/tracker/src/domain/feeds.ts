import { sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import { plain, rows, write } from '../db/write.ts'
import type { FeedStatus } from './views.ts'

export interface FeedDeclaration {
  readonly name: string
  readonly url?: string
  /** Hours after which its data counts as stale. */
  readonly staleAfterHours: number
}

/** What a conditional request needs. */
export interface FeedMemory {
  readonly etag?: string
  readonly lastModified?: string
  readonly lastAttempt?: string
  readonly lastSuccess?: string
  /** Attempts that failed since the last success. */
  readonly failures: number
}

/** Make the feeds known to the status page; those that are known keep their history. */
export async function declareFeeds(db: Database, feeds: readonly FeedDeclaration[]): Promise<void> {
  await write(db, async (tx) => {
    await sql`insert into feed (name, url, stale_after_hours)
      select name, url, hours from ${rows(feeds.map(({ name, url, staleAfterHours }) => ({ name, url: url ?? null, hours: staleAfterHours })))}
        as t(name text, url text, hours real)
      on conflict (name) do update set url = excluded.url, stale_after_hours = excluded.stale_after_hours,
        etag = case when feed.url is distinct from excluded.url then null else feed.etag end,
        last_modified = case when feed.url is distinct from excluded.url then null else feed.last_modified end`.execute(
      tx,
    )
  })
}

export async function feedMemory(db: Database, name: string): Promise<FeedMemory> {
  const { rows: found } = await sql<FeedRow>`select * from feed where name = ${name}`.execute(db.kysely)
  const row = found[0]
  if (row === undefined) return { failures: 0 }
  return {
    failures: row.failures,
    ...(row.etag === null ? {} : { etag: row.etag }),
    ...(row.last_modified === null ? {} : { lastModified: row.last_modified }),
    ...(row.last_attempt === null ? {} : { lastAttempt: row.last_attempt.toISOString() }),
    ...(row.last_success === null ? {} : { lastSuccess: row.last_success.toISOString() }),
  }
}

/**
 * Take the turn to ask a feed. False: since `memory` was read another process took it, as when several servers work on
 * one database.
 */
export async function feedAttempted(db: Database, name: string, memory: FeedMemory): Promise<boolean> {
  return write(db, async (tx) => {
    // A Date holds milliseconds, PostgreSQL's moments microseconds.
    const { numAffectedRows } = await sql`update feed set last_attempt = now() where name = ${name}
      and date_trunc('milliseconds', last_attempt) is not distinct from ${memory.lastAttempt ?? null}::timestamptz`.execute(
      tx,
    )
    return numAffectedRows === 1n
  })
}

/** It was asked and is as it was (304), or was ingested (then `finishIngestion` has set its date and count). */
export async function feedSucceeded(
  db: Database,
  name: string,
  validators: { readonly etag?: string; readonly lastModified?: string },
): Promise<void> {
  await write(db, async (tx) => {
    await sql`update feed set last_success = now(), error = null, error_at = null, failures = 0,
      etag = ${plainOrNull(validators.etag)}, last_modified = ${plainOrNull(validators.lastModified)}
      where name = ${name}`.execute(tx)
  })
}

const plainOrNull = (text: string | undefined) => (text === undefined ? null : plain(text))

export async function feedFailed(db: Database, name: string, message: string): Promise<void> {
  await write(db, async (tx) => {
    await sql`update feed set error = ${plain(message).slice(0, 500)}, error_at = now(), failures = failures + 1
      where name = ${name}`.execute(tx)
  })
}

/** An ingestion of this feed is in, whole: its data is as new as that. Files imported by hand make a feed known. */
export async function renewFeed(
  tx: Tx,
  name: string,
  kind: string,
  ingestion: { readonly done: number; readonly newest: Date | null },
): Promise<void> {
  const counted = kind === 'cve' || kind === 'nvd'
  const records = counted ? sql`(select count(*)::int from record where source = ${kind})` : sql`${ingestion.done}::int`
  await sql`insert into feed (name, kind, last_attempt, last_success, newest, records)
    values (${name}, ${kind}, now(), now(), ${ingestion.newest?.toISOString() ?? null}::timestamptz, ${records})
    on conflict (name) do update set kind = excluded.kind, last_success = now(), last_attempt = now(), error = null, error_at = null,
      failures = 0, records = excluded.records, newest = greatest(feed.newest, excluded.newest)`.execute(tx)
}

interface FeedRow {
  readonly name: string
  readonly url: string | null
  readonly stale_after_hours: number | null
  readonly last_attempt: Date | null
  readonly last_success: Date | null
  readonly error: string | null
  readonly error_at: Date | null
  readonly newest: Date | null
  readonly records: number
  readonly etag: string | null
  readonly last_modified: string | null
  readonly failures: number
}

/** All feeds by name, as the status page shows them at that moment. */
export async function feedStatuses(db: Database, now: Date): Promise<FeedStatus[]> {
  const { rows: found } = await sql<FeedRow>`select * from feed order by name`.execute(db.kysely)
  return found.map((row) => ({
    name: row.name,
    ...(row.url === null ? {} : { url: row.url }),
    ...(row.last_attempt === null ? {} : { lastAttempt: row.last_attempt.toISOString() }),
    ...(row.last_success === null ? {} : { lastSuccess: row.last_success.toISOString() }),
    ...(row.error === null || row.error_at === null
      ? {}
      : { lastError: { at: row.error_at.toISOString(), message: row.error } }),
    ...(row.newest === null ? {} : { newestRecord: row.newest.toISOString() }),
    records: row.records,
    state: stateOf(row, now),
  }))
}

/** By hand imported feeds have no hours of their own. */
const STALE_AFTER_HOURS = 7 * 24

function stateOf(row: FeedRow, now: Date): FeedStatus['state'] {
  if (row.error !== null) return 'failing'
  if (row.last_success === null) return 'never'
  const hours = (now.getTime() - row.last_success.getTime()) / 3_600_000
  return hours > (row.stale_after_hours ?? STALE_AFTER_HOURS) ? 'stale' : 'fresh'
}
