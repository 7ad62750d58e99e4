import type { Database } from '../db/database.ts'
import type { BatchEnd, Ingestion } from './ingestion.ts'
import type { IncomingRecord, RecordSource } from './record.ts'

/** Which of these records are stored with this very digest: they need not be parsed. */
export async function unchangedRecords(
  _db: Database,
  _source: RecordSource,
  _records: readonly { readonly id: string; readonly digest: string }[],
): Promise<ReadonlySet<string>> {
  throw new Error('filled in by the next commit')
}

/**
 * Put a batch in (some 500 records): each replaces the one before of its source and id unless that is newer by its own
 * date; advisories, names and matches follow; one transaction with the cursor.
 */
export async function putRecords(
  _db: Database,
  _ingestion: Ingestion,
  _batch: BatchEnd & { readonly records: readonly IncomingRecord[] },
): Promise<void> {
  throw new Error('filled in by the next commit')
}
