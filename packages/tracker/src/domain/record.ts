import type { Advisory } from '@firn/scan'

export type RecordSource = 'cve' | 'nvd' | 'osv'

/** A record, read and reduced: plain data that crosses threads. */
export interface IncomingRecord {
  readonly source: RecordSource
  readonly id: string
  /** SHA-256 of the record's bytes, hex. */
  readonly digest: string
  /** The record's JSON as published, zstd. */
  readonly raw: Uint8Array
  /** What it says of each vulnerability it speaks of: one, but an OSV record may alias several CVEs. */
  readonly advisories: readonly Advisory[]
  /** When the record was last changed, ISO 8601, as it says itself. */
  readonly updated?: string
}

/** Hex SHA-256, to ask `unchangedRecords` before a record is parsed. */
export function digestOf(_bytes: Uint8Array): string {
  throw new Error('filled in by the next commit')
}

/** Parse, reduce and compress one record: CPU only, so that a worker thread can do it. Throws UserError for a bad one. */
export function readRecord(_source: RecordSource, _bytes: Uint8Array, _digest?: string): IncomingRecord {
  throw new Error('filled in by the next commit')
}
