import type { Database } from '../db/database.ts'

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
  readonly failures: number
}

/** Make the feeds known to the status page; those that are known keep their history. */
export async function declareFeeds(_db: Database, _feeds: readonly FeedDeclaration[]): Promise<void> {
  throw new Error('filled in by the next commit')
}

export async function feedMemory(_db: Database, _name: string): Promise<FeedMemory> {
  throw new Error('filled in by the next commit')
}

export async function feedAttempted(_db: Database, _name: string): Promise<void> {
  throw new Error('filled in by the next commit')
}

/** It was asked and is as it was (304), or was ingested (then `finishIngestion` has set its date and count). */
export async function feedSucceeded(
  _db: Database,
  _name: string,
  _validators: { readonly etag?: string; readonly lastModified?: string },
): Promise<void> {
  throw new Error('filled in by the next commit')
}

export async function feedFailed(_db: Database, _name: string, _message: string): Promise<void> {
  throw new Error('filled in by the next commit')
}
