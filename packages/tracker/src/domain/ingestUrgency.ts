import type { EpssHeader, EpssScore, KevCatalogue } from '@firn/advisories'
import type { Database } from '../db/database.ts'
import type { BatchEnd, Ingestion } from './ingestion.ts'

/** The catalogue replaces the one before, whole. Then call `finishIngestion`. */
export async function replaceKev(_db: Database, _ingestion: Ingestion, _catalogue: KevCatalogue): Promise<void> {
  throw new Error('filled in by the next commit')
}

/** A lot of scores (5,000, say). When the ingestion finishes, scores of earlier days are gone. */
export async function putEpss(
  _db: Database,
  _ingestion: Ingestion,
  _batch: BatchEnd & { readonly header: EpssHeader; readonly scores: readonly EpssScore[] },
): Promise<void> {
  throw new Error('filled in by the next commit')
}
