import { UserError } from '@firn/core'
import type { Database } from '../db/database.ts'
import { beginIngestion, failIngestion, type Ingestion, releaseIngestion } from '../domain/ingestion.ts'
import type { IngestionStatus } from '../domain/views.ts'
import { calledBy } from './detect.ts'
import { ingestPackages } from './ingest-packages.ts'
import { ingestRecords } from './ingest-records.ts'
import { ingestEpss, ingestKev } from './ingest-urgency.ts'
import type { SpooledFile } from './spool.ts'

export interface IngestOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: IngestProgress) => void
}

export interface IngestProgress {
  /** The file, as people are shown it. */
  readonly label: string
  readonly done: number
  readonly total?: number
}

/** What all ingestions need at hand. */
export interface Work extends IngestOptions {
  readonly db: Database
  readonly file: SpooledFile
  /** Start, or go on where an earlier run was cut off. */
  begin(total?: number): Promise<Ingestion>
  progress(done: number, total?: number): void
}

/**
 * Bring one file into the database: from its beginning, or from where a run before was interrupted. Batches are
 * committed with the place to go on from, so that nothing is lost or doubled whenever this ends. Bad records are kept
 * aside. A UserError says what is wrong with the file or the disk, and the ingestion is marked as failed; an abort
 * leaves it as interrupted.
 */
export async function ingest(db: Database, file: SpooledFile, options: IngestOptions): Promise<IngestionStatus> {
  let ingestion: Ingestion | undefined
  const begin = async (total?: number) => {
    ingestion = await beginIngestion(db, { ...requestOf(file), ...(total !== undefined && { total }) })
    return ingestion
  }
  const progress = (done: number, total?: number) =>
    options.onProgress?.({ label: file.origin, done, ...(total !== undefined && { total }) })
  try {
    return await INGEST[file.kind]({ ...options, db, file, begin, progress })
  } catch (error) {
    if (options.signal.aborted) {
      if (ingestion !== undefined) await releaseIngestion(db, ingestion).catch(() => {})
      throw error
    }
    // A file that could not even be opened has no ingestion yet: it gets one, so that its failure is seen.
    ingestion ??= await begin().catch(() => undefined)
    const named = error instanceof UserError ? calledBy(file.origin, file.path, error) : error
    if (ingestion !== undefined) await failIngestion(db, ingestion, (named as Error).message).catch(() => {})
    throw named
  }
}

const INGEST: Readonly<Record<SpooledFile['kind'], (work: Work) => Promise<IngestionStatus>>> = {
  cve: ingestRecords,
  nvd: ingestRecords,
  osv: ingestRecords,
  kev: ingestKev,
  epss: ingestEpss,
  packages: ingestPackages,
}

function requestOf(file: SpooledFile) {
  const { kind, origin, digest, feed, channel, revision } = file
  return {
    kind,
    origin,
    digest,
    ...(feed !== undefined && { feed }),
    ...(channel !== undefined && { channel }),
    ...(revision !== undefined && { revision }),
  }
}
