import { sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import { rows, write } from '../db/write.ts'
import { deriveAdvisories } from './derive.ts'
import { advance, type BatchEnd, type Ingestion } from './ingestion.ts'
import { matchAdvisories } from './matching.ts'
import type { IncomingRecord, RecordSource } from './record.ts'
import { renewRuled } from './ruled.ts'

/** Which of these records are stored with this very digest: they need not be parsed. */
export async function unchangedRecords(
  db: Database,
  source: RecordSource,
  records: readonly { readonly id: string; readonly digest: string }[],
): Promise<ReadonlySet<string>> {
  const { rows: same } = await sql<{ id: string }>`select record.id from record
    join ${rows(records.map(({ id, digest }) => ({ id, digest })))} as t(id text, digest text)
      on record.id = t.id and record.digest = t.digest
    where record.source = ${source}`.execute(db.kysely)
  return new Set(same.map(({ id }) => id))
}

/**
 * Put a batch in (some 500 records): each replaces the one before of its source and id unless that is newer by its own
 * date; advisories, names and matches follow; one transaction with the cursor.
 */
export async function putRecords(
  db: Database,
  ingestion: Ingestion,
  batch: BatchEnd & { readonly records: readonly IncomingRecord[] },
): Promise<void> {
  const records = lastOfEach(batch.records)
  await write(db, async (tx) => {
    const sorted = await sort(tx, records)
    await store(tx, sorted.taken)
    const changed = await deriveAdvisories(tx, sorted.taken)
    const matched = await matchAdvisories(db, tx, changed)
    await renewRuled(tx, { advisories: changed.map(({ id }) => id) })
    const dates = sorted.taken.flatMap(({ updated }) => updated ?? []).sort()
    const newest = dates.at(-1)
    await advance(tx, ingestion, batch, {
      entries: batch.records.length,
      counts: {
        new: sorted.taken.length - sorted.replaced,
        updated: sorted.replaced,
        unchanged: sorted.unchanged,
        older: sorted.older,
      },
      churn: 4 * sorted.taken.length + matched,
      ...(newest === undefined ? {} : { newest }),
    })
  })
}

/** A batch that holds a record twice means the latter. */
function lastOfEach(records: readonly IncomingRecord[]): IncomingRecord[] {
  return [...new Map(records.map((record) => [`${record.source} ${record.id}`, record])).values()]
}

interface Sorted {
  readonly taken: readonly IncomingRecord[]
  /** How many of them replace one. */
  readonly replaced: number
  readonly unchanged: number
  readonly older: number
}

/** An old bulk file must not take back what a newer delta brought. */
async function sort(tx: Tx, records: readonly IncomingRecord[]): Promise<Sorted> {
  const keys = records.map(({ source, id }) => ({ source, id }))
  const { rows: found } = await sql<{ source: string; id: string; digest: string; updated: Date | null }>`
    select record.source, record.id, digest, updated from record
    join ${rows(keys)} as t(source text, id text) using (source, id)`.execute(tx)
  const stored = new Map(found.map((row) => [`${row.source} ${row.id}`, row]))
  const taken: IncomingRecord[] = []
  const counts = { replaced: 0, unchanged: 0, older: 0 }
  for (const record of records) {
    const before = stored.get(`${record.source} ${record.id}`)
    if (before?.digest === record.digest) counts.unchanged++
    else if (isOlder(record, before)) counts.older++
    else {
      if (before !== undefined) counts.replaced++
      taken.push(record)
    }
  }
  return { taken, ...counts }
}

function isOlder(record: IncomingRecord, before: { updated: Date | null } | undefined): boolean {
  if (record.updated === undefined || before === undefined || before.updated === null) return false
  return Date.parse(record.updated) < before.updated.getTime()
}

async function store(tx: Tx, records: readonly IncomingRecord[]): Promise<void> {
  if (records.length === 0) return
  const list = records.map(({ source, id, digest, raw, updated }) => ({
    source,
    id,
    digest,
    raw: Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64'),
    updated,
  }))
  await sql`insert into record (source, id, digest, raw, updated, imported)
    select source, id, digest, decode(raw, 'base64'), updated, now()
    from ${rows(list)} as t(source text, id text, digest text, raw text, updated timestamptz)
    on conflict (source, id) do update set digest = excluded.digest, raw = excluded.raw, updated = excluded.updated,
      imported = excluded.imported`.execute(tx)
}
