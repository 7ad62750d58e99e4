import type { PackageEntry } from '@firn/nix'
import type { Database } from '../db/database.ts'
import type { BatchEnd, Ingestion } from './ingestion.ts'
import type { IngestionStatus } from './views.ts'

/** Stage a batch of a channel's package set (some 1,000); nothing is visible before `endEvaluation`. */
export async function putPackages(
  _db: Database,
  _ingestion: Ingestion,
  _batch: BatchEnd & { readonly packages: readonly PackageEntry[] },
): Promise<void> {
  throw new Error('filled in by the next commit')
}

/** The whole set is staged: turn what changed into intervals, in one transaction, and finish the ingestion. */
export async function endEvaluation(_db: Database, _ingestion: Ingestion): Promise<IngestionStatus> {
  throw new Error('filled in by the next commit')
}
