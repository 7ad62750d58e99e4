import { randomUUID } from 'node:crypto'
import { EXIT, UserError } from '@firn/core'
import { matcherVersion } from '@firn/scan'
import { sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import { plain, rows, write } from '../db/write.ts'
import { renewFeed } from './feeds.ts'
import { tidy } from './tidy.ts'
import type { IngestionStatus } from './views.ts'

/** What a file is: it decides which functions its batches go to. `rematch` is no file: see rematch.ts. */
export type IngestionKind = 'cve' | 'nvd' | 'osv' | 'kev' | 'epss' | 'packages' | 'rematch'

export interface IngestionRequest {
  readonly kind: IngestionKind
  /** File name or URL, as people are shown it. */
  readonly origin: string
  /** Of the file's bytes, hex: an interrupted ingestion of the same kind, digest and channel is taken up again. */
  readonly digest: string
  /** How many records, packages or scores there are, where it is known. */
  readonly total?: number
  /** The feed whose age this ingestion renews when it finishes (also for files imported by hand). */
  readonly feed?: string
  /** Of kind `packages`: whose package set it is. */
  readonly channel?: string
  /** Of kind `packages`: the nixpkgs commit. */
  readonly revision?: string
}

/** An ingestion under way, ours alone until it ends or two minutes pass without a batch. */
export interface Ingestion extends IngestionRequest {
  readonly id: number
  /** Proof of ownership: a batch of somebody who lost it is refused. */
  readonly claim: string
  /** What the last committed batch said of where it ends; absent: begin at the beginning. */
  readonly cursor?: string
  /** Entries done by earlier runs. */
  readonly done: number
}

/** A record that could not be read: kept aside, counted, shown on the status page. */
export interface BadRecord {
  readonly name: string
  readonly error: string
}

/** What every batch says beside its content. It is committed in the same transaction. */
export interface BatchEnd {
  /** Where to go on after this batch, in the caller's own words. */
  readonly cursor: string
  readonly bad?: readonly BadRecord[]
  /** Entries that were skipped because they are as they were. */
  readonly unchanged?: number
}

/** How long a worker may be silent before another may take its ingestion. */
const CLAIM = sql`interval '2 minutes'`
/** How many ended ingestions are remembered. */
const REMEMBERED = 500

/** Start, or take up again what was interrupted. A UserError where another worker is at it. */
export async function beginIngestion(db: Database, asked: IngestionRequest): Promise<Ingestion> {
  const request = Object.fromEntries(
    Object.entries(asked).map(([key, value]) => [key, typeof value === 'string' ? plain(value) : value]),
  ) as unknown as IngestionRequest
  const claim = randomUUID()
  return write(db, async (tx) => {
    await supersede(tx, request)
    const found = await findUnfinished(tx, request)
    if (found?.isBusy) {
      throw new UserError(
        `${request.origin}: another process is importing it`,
        'wait for it; if it died, try again in two minutes',
        EXIT.store,
      )
    }
    if (found !== undefined) {
      await sql`update ingestion set state = 'running', claim = ${claim}, claimed_until = now() + ${CLAIM},
        error = null, finished = null, origin = ${request.origin}, revision = ${request.revision ?? null},
        feed = ${request.feed ?? null} where id = ${found.id}`.execute(tx)
      const { id, cursor, done } = found
      return { ...request, id, claim, done, ...(cursor === null ? {} : { cursor }) }
    }
    await sql`delete from ingestion where state in ('done', 'failed') and id <=
      (select max(id) from ingestion) - ${REMEMBERED} and not exists
      (select 1 from staged where staged.ingestion = ingestion.id)`.execute(tx)
    const { rows: made } = await sql<{ id: number }>`insert into ingestion
      (kind, origin, digest, channel, revision, feed, state, claim, claimed_until, started, total) values
      (${request.kind}, ${request.origin}, ${request.digest}, ${request.channel ?? null}, ${request.revision ?? null},
       ${request.feed ?? null}, 'running', ${claim}, now() + ${CLAIM}, now(), ${request.total ?? null}) returning id`.execute(
      tx,
    )
    return { ...request, id: made[0]!.id, claim, done: 0 }
  })
}

interface Unfinished {
  readonly id: number
  readonly cursor: string | null
  readonly done: number
  readonly isBusy: boolean
}

async function findUnfinished(tx: Tx, request: IngestionRequest): Promise<Unfinished | undefined> {
  const { rows: found } = await sql<Unfinished>`select id, cursor, done,
      coalesce(state = 'running' and claimed_until > now(), false) as "isBusy" from ingestion
    where kind = ${request.kind} and digest = ${request.digest} and state <> 'done'
      and channel is not distinct from ${request.channel ?? null}::text
    order by id desc limit 1`.execute(tx)
  return found[0]
}

/** A newer package set of a channel makes an older one that never came in whole pointless: that begins anew if at all. */
async function supersede(tx: Tx, request: IngestionRequest): Promise<void> {
  if (request.channel === undefined) return
  const { rows: old } = await sql<{ id: number }>`update ingestion
    set state = 'failed', finished = now(), claim = null, claimed_until = null, cursor = null, done = 0, counts = '{}',
      error = coalesce(error, 'given up: a newer package set of this channel came')
    where kind = ${request.kind} and channel = ${request.channel} and digest <> ${request.digest} and state <> 'done'
      and (claimed_until is null or claimed_until < now() or state = 'failed')
    returning id`.execute(tx)
  for (const { id } of old) await sql`delete from staged where ingestion = ${id}`.execute(tx)
}

/** What a batch did, for `advance`. */
export interface BatchWork {
  /** Entries that the batch looked at. */
  readonly entries: number
  readonly counts: Readonly<Record<string, number>>
  /** The newest date of its content, ISO 8601. */
  readonly newest?: string
  /** Rows written, for the vacuum. */
  readonly churn: number
}

/** Move the cursor, in the transaction of the batch. Refuses when the ingestion is no longer ours. */
export async function advance(tx: Tx, ingestion: Ingestion, end: BatchEnd, work: BatchWork): Promise<void> {
  const bad = end.bad ?? []
  const unchanged = end.unchanged ?? 0
  const counts = { ...work.counts, unchanged: unchanged + (work.counts.unchanged ?? 0), aside: bad.length }
  const { numAffectedRows } = await sql`update ingestion set
      cursor = ${end.cursor}, done = done + ${work.entries + unchanged + bad.length}::int,
      newest = greatest(newest, ${work.newest ?? null}::timestamptz), claimed_until = now() + ${CLAIM},
      counts = (select jsonb_object_agg(key, total) from (select key, sum(value::int) as total from
        (select * from jsonb_each_text(counts) union all select * from jsonb_each_text(${JSON.stringify(positive(counts))}::text::jsonb)) as both_counts
        group by key) as summed)
    where id = ${ingestion.id} and claim = ${ingestion.claim} and state = 'running'`.execute(tx)
  if (numAffectedRows !== 1n) throw lost(ingestion)
  await keepAside(tx, ingestion.origin, bad)
  // The first batch of all says which matcher made what is here.
  await sql`update state set churn = churn + ${work.churn}::int,
    matcher = case matcher when '' then ${matcherVersion()} else matcher end`.execute(tx)
}

function positive(counts: Readonly<Record<string, number>>): Record<string, number> {
  // An empty object would make the aggregate null; a zero is no news.
  const entries = Object.entries(counts).filter(([key, count]) => count > 0 || key === 'unchanged')
  return Object.fromEntries(entries)
}

function lost(ingestion: Ingestion): UserError {
  return new UserError(
    `${ingestion.origin}: the import was taken over by another process`,
    'nothing is lost: the other one goes on where this one stopped',
    EXIT.store,
  )
}

/** How many bad records are kept; all are counted in their ingestion. */
const ASIDE = 1_000
const TEXT = 500

async function keepAside(tx: Tx, origin: string, bad: readonly BadRecord[]): Promise<void> {
  if (bad.length === 0) return
  const list = bad.map(({ name, error }) => ({ name: name.slice(-TEXT), error: error.slice(0, TEXT) }))
  await sql`insert into aside (origin, name, error, at)
    select distinct on (name) ${origin.slice(-TEXT)}, name, error, now() from ${rows(list)} as t(name text, error text)
    on conflict (origin, name) do update set error = excluded.error, at = excluded.at`.execute(tx)
  await sql`delete from aside where id in (select id from aside order by at desc, id desc offset ${ASIDE})`.execute(tx)
}

/** All is in: the state becomes `done`, the feed fresh. For package sets use `endEvaluation`. */
export async function finishIngestion(db: Database, ingestion: Ingestion): Promise<IngestionStatus> {
  const status = await write(db, (tx) => finish(tx, ingestion))
  await tidy(db)
  return status
}

/** As `finishIngestion`, within a transaction of its own. */
export async function finish(tx: Tx, ingestion: Ingestion): Promise<IngestionStatus> {
  const { rows: done } = await sql<IngestionRow>`update ingestion set
      state = 'done', finished = now(), claim = null, claimed_until = null, total = coalesce(total, done)
    where id = ${ingestion.id} and claim = ${ingestion.claim} and state = 'running' returning *`.execute(tx)
  const row = done[0]
  if (row === undefined) throw lost(ingestion)
  if (ingestion.kind === 'epss' && row.newest !== null) {
    await sql`delete from epss where scored < ${row.newest.toISOString()}`.execute(tx)
  }
  const status = ingestionStatus(row)
  if (ingestion.feed !== undefined && !isAllBad(status)) await renewFeed(tx, ingestion.feed, ingestion.kind, row)
  return status
}

/** Nothing of it could be read: then what is here is as old as it was before. */
export function isAllBad({ done, counts }: IngestionStatus): boolean {
  return done > 0 && (counts.aside ?? 0) >= done
}

/** It cannot go on: what is in stays in, and the same file can take it up again. */
export async function failIngestion(db: Database, ingestion: Ingestion, error: string): Promise<void> {
  await write(db, async (tx) => {
    await sql`update ingestion set state = 'failed', finished = now(), claim = null, claimed_until = null,
      error = ${plain(error).slice(0, TEXT)} where id = ${ingestion.id} and claim = ${ingestion.claim}`.execute(tx)
  })
}

/** An orderly stop between two batches: it stays `running` and free to be taken up again at once. */
export async function releaseIngestion(db: Database, ingestion: Ingestion): Promise<void> {
  await write(db, async (tx) => {
    await sql`update ingestion set claim = null, claimed_until = null
      where id = ${ingestion.id} and claim = ${ingestion.claim}`.execute(tx)
  })
}

/** Ingestions that began and neither finished nor failed, and that no live worker owns: oldest first. */
export async function interruptedIngestions(
  db: Database,
): Promise<readonly (IngestionRequest & { readonly id: number })[]> {
  const { rows: found } = await sql<IngestionRow>`select * from ingestion
    where state = 'running' and kind <> 'rematch' and (claimed_until is null or claimed_until < now()) order by id`.execute(
    db.kysely,
  )
  return found.map((row) => ({
    id: row.id,
    kind: row.kind,
    origin: row.origin,
    digest: row.digest,
    ...(row.total === null ? {} : { total: row.total }),
    ...(row.feed === null ? {} : { feed: row.feed }),
    ...(row.channel === null ? {} : { channel: row.channel }),
    ...(row.revision === null ? {} : { revision: row.revision }),
  }))
}

export interface IngestionRow {
  readonly id: number
  readonly kind: IngestionKind
  readonly origin: string
  readonly digest: string
  readonly channel: string | null
  readonly revision: string | null
  readonly feed: string | null
  readonly state: IngestionStatus['state']
  readonly started: Date
  readonly finished: Date | null
  readonly done: number
  readonly total: number | null
  readonly counts: Readonly<Record<string, number>>
  readonly newest: Date | null
  readonly error: string | null
}

export function ingestionStatus(row: IngestionRow): IngestionStatus {
  const { id, kind, origin, state, started, finished, done, total, error, channel } = row
  const counts = Object.fromEntries(Object.entries(row.counts).filter(([, count]) => count > 0))
  return {
    id: String(id),
    kind,
    origin: channel === null ? origin : `${channel}: ${origin}`,
    state,
    started: started.toISOString(),
    ...(finished === null ? {} : { finished: finished.toISOString() }),
    done,
    ...(total === null ? {} : { total }),
    counts,
    ...(error === null ? {} : { error }),
  }
}
