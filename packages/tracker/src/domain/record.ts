import { hash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import {
  type CveRecord,
  type NvdRecord,
  type OsvRecord,
  parseCveRecord,
  parseNvdPage,
  parseOsvRecord,
} from '@firn/advisories'
import { UserError } from '@firn/core'
import { type Advisory, advisoryFromCve, advisoryFromNvd, advisoryFromOsv } from '@firn/scan'

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

/** A record in its own shape. */
export type ParsedRecord =
  | { readonly source: 'cve'; readonly record: CveRecord }
  | { readonly source: 'nvd'; readonly record: NvdRecord }
  | { readonly source: 'osv'; readonly record: OsvRecord }

/** Hex SHA-256, to ask `unchangedRecords` before a record is parsed. */
export function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/**
 * Parse, reduce and compress one record: CPU only, so that a worker thread can do it. An NVD record comes as a page of
 * one, as the API gives it. Throws UserError for a bad one.
 */
export function readRecord(source: RecordSource, bytes: Uint8Array, digest = digestOf(bytes)): IncomingRecord {
  const parsed = parseRecord(source, bytes)
  const updated = isoMoment(updatedOf(parsed))
  return {
    source,
    id: idOf(parsed),
    digest,
    raw: zstdCompressSync(bytes, LEVEL),
    advisories: advisoriesOf(parsed),
    ...(updated === undefined ? {} : { updated }),
  }
}

/** Records are small: a higher level takes twice the time and saves 3 %. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
/** No reader takes a longer document. */
const MAX_RECORD = 64 * 2 ** 20

/** The stored form of a record, in its own shape again. */
export function unpackRecord(source: RecordSource, raw: Uint8Array): ParsedRecord {
  return parseRecord(source, zstdDecompressSync(raw, { maxOutputLength: MAX_RECORD }))
}

function parseRecord(source: RecordSource, bytes: Uint8Array): ParsedRecord {
  switch (source) {
    case 'cve':
      return { source, record: parseCveRecord(bytes).record }
    case 'osv':
      return { source, record: parseOsvRecord(bytes).record }
    case 'nvd': {
      const [record] = parseNvdPage(bytes).records
      if (record === undefined) throw new UserError('this NVD entry is no CVE', 'fetch it again')
      return { source, record }
    }
  }
}

/** What a record says of each vulnerability that it speaks of. */
export function advisoriesOf(parsed: ParsedRecord): Advisory[] {
  switch (parsed.source) {
    case 'cve':
      return [advisoryFromCve(parsed.record)]
    case 'nvd':
      return [advisoryFromNvd(parsed.record)]
    case 'osv':
      return eachCve(advisoryFromOsv(parsed.record))
  }
}

/** Ids are keys and parts of lists: nothing else passes for one. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{2,99}$/

/** Two CVEs in one OSV record are two vulnerabilities with one fix: neither is an alias of the other. */
function eachCve(advisory: Advisory): Advisory[] {
  const ids = [advisory.id, ...advisory.aliases].filter((id) => ID.test(id))
  const cves = ids.filter((id) => id.startsWith('CVE-'))
  const aliases = ids.filter((id) => !id.startsWith('CVE-'))
  if (cves.length === 0) return [{ ...advisory, id: aliases[0]!, aliases: aliases.slice(1) }]
  return cves.map((id) => ({ ...advisory, id, aliases }))
}

function idOf(parsed: ParsedRecord): string {
  return parsed.source === 'cve' ? parsed.record.cveMetadata.cveId : parsed.record.id
}

function updatedOf(parsed: ParsedRecord): string | undefined {
  switch (parsed.source) {
    case 'cve': {
      const { dateUpdated, datePublished, dateRejected } = parsed.record.cveMetadata
      return dateUpdated ?? dateRejected ?? datePublished
    }
    case 'nvd':
      return parsed.record.lastModified
    case 'osv':
      return parsed.record.modified
  }
}

/** A date of a record as ISO 8601 in UTC. Without a zone it is UTC; what is no date, or no year of ours, is undefined. */
export function isoMoment(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 40) return undefined
  const hasZone = /(z|[+-]\d{2}:?\d{2})$/i.test(text) || /^\d{4}-\d{2}-\d{2}$/.test(text)
  const date = new Date(hasZone ? text : `${text}Z`)
  const year = date.getUTCFullYear()
  return year >= 1970 && year < 2200 ? date.toISOString() : undefined
}

/** A record's time as people and programs are told it: RFC 3339 in UTC. A bare day stays one. */
export function toldMoment(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : isoMoment(text)
}
