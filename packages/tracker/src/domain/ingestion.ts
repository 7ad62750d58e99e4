import type { Database } from '../db/database.ts'
import type { IngestionStatus } from './views.ts'

/** What a file is: it decides which functions its batches go to. */
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

/** Start, or take up again what was interrupted. A UserError where another worker is at it. */
export async function beginIngestion(_db: Database, _request: IngestionRequest): Promise<Ingestion> {
  throw new Error('filled in by the next commit')
}

/** All is in: the state becomes `done`, the feed fresh. For package sets use `endEvaluation`. */
export async function finishIngestion(_db: Database, _ingestion: Ingestion): Promise<IngestionStatus> {
  throw new Error('filled in by the next commit')
}

/** It cannot go on: what is in stays in, and the same file can take it up again. */
export async function failIngestion(_db: Database, _ingestion: Ingestion, _error: string): Promise<void> {
  throw new Error('filled in by the next commit')
}

/** Ingestions that began and neither finished nor failed, and that no live worker owns: oldest first. */
export async function interruptedIngestions(
  _db: Database,
): Promise<readonly (IngestionRequest & { readonly id: number })[]> {
  throw new Error('filled in by the next commit')
}
