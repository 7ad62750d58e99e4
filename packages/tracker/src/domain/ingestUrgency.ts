import type { EpssHeader, EpssScore, KevCatalogue } from '@firn/advisories'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { rows, write } from '../db/write.ts'
import { advance, type BatchEnd, type Ingestion } from './ingestion.ts'
import { isoMoment } from './record.ts'

/** The catalogue replaces the one before, whole. Then call `finishIngestion`. */
export async function replaceKev(db: Database, ingestion: Ingestion, catalogue: KevCatalogue): Promise<void> {
  const list = catalogue.entries.map((entry) => ({ cve: entry.cveId, entry: JSON.stringify(entry) }))
  const newest = isoMoment(catalogue.dateReleased)
  await write(db, async (tx) => {
    await sql`delete from kev`.execute(tx)
    await sql`insert into kev (cve, entry) select distinct on (cve) cve, entry
      from ${rows(list)} as t(cve text, entry text)`.execute(tx)
    const bad = catalogue.skipped === 0 ? [] : [{ name: 'entries', error: `${catalogue.skipped} without a CVE id` }]
    await advance(
      tx,
      ingestion,
      { cursor: 'all', bad },
      {
        entries: list.length,
        counts: { entries: list.length },
        churn: list.length,
        ...(newest === undefined ? {} : { newest }),
      },
    )
  })
}

/** A lot of scores (5,000, say). When the ingestion finishes, scores of earlier days are gone. */
export async function putEpss(
  db: Database,
  ingestion: Ingestion,
  batch: BatchEnd & { readonly header: EpssHeader; readonly scores: readonly EpssScore[] },
): Promise<void> {
  const scored = isoMoment(batch.header.scoreDate) ?? new Date(0).toISOString()
  await write(db, async (tx) => {
    const { numAffectedRows } = await sql`insert into epss (cve, score, percentile, scored)
      select distinct on ("cveId") "cveId", score, percentile, ${scored}
      from ${rows(batch.scores)} as t("cveId" text, score real, percentile real)
      on conflict (cve) do update set score = excluded.score, percentile = excluded.percentile, scored = excluded.scored
      where epss.scored <= excluded.scored`.execute(tx)
    const written = Number(numAffectedRows ?? 0n)
    await advance(tx, ingestion, batch, {
      entries: batch.scores.length,
      counts: { scores: written, older: batch.scores.length - written },
      newest: scored,
      churn: written,
    })
  })
}
