import { UserError } from '@firn/core'
import { isObject, parseJsonObject, records, strings, text } from './json.ts'

/** An OSV record (ossf/osv-schema 1.x), reduced to what is used; unknown fields are left out. */
export interface OsvRecord {
  readonly schemaVersion: string
  readonly id: string
  readonly modified: string
  readonly published?: string
  readonly withdrawn?: string
  readonly aliases: readonly string[]
  readonly related: readonly string[]
  readonly upstream: readonly string[]
  readonly summary?: string
  readonly details?: string
  readonly severity: readonly OsvSeverity[]
  readonly affected: readonly OsvAffected[]
  readonly references: readonly { readonly type: string; readonly url: string }[]
}

export interface OsvSeverity {
  /** `CVSS_V2`, `CVSS_V3`, `CVSS_V4`, `Ubuntu`. */
  readonly type: string
  /** A vector for CVSS. */
  readonly score: string
}

export interface OsvAffected {
  readonly package?: { readonly ecosystem: string; readonly name: string; readonly purl?: string }
  readonly severity: readonly OsvSeverity[]
  readonly ranges: readonly OsvRange[]
  readonly versions: readonly string[]
}

export interface OsvRange {
  readonly type: 'SEMVER' | 'ECOSYSTEM' | 'GIT'
  readonly repo?: string
  readonly events: readonly OsvEvent[]
}

/** Exactly one of the four. */
export interface OsvEvent {
  readonly introduced?: string
  readonly fixed?: string
  readonly lastAffected?: string
  readonly limit?: string
}

/** Read one record. Errors: not JSON, no id, a schema of another major version. */
export function parseOsvRecord(source: string | Uint8Array): OsvRecord {
  const json = parseJsonObject(source, 'OSV record')
  const id = text(json.id)
  if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{2,99}$/.test(id) || typeof json.modified !== 'string') {
    throw new UserError('not an OSV record', 'it has id and modified')
  }
  const schemaVersion = typeof json.schema_version === 'string' ? json.schema_version : '1.0.0'
  if (!/^1\./.test(schemaVersion)) {
    throw new UserError(`${id}: OSV schema ${schemaVersion} is not known`, '1.x is; a newer firn may read it')
  }
  return {
    schemaVersion,
    id,
    modified: json.modified,
    ...optional('published', json.published),
    ...optional('withdrawn', json.withdrawn),
    aliases: strings(json.aliases),
    related: strings(json.related),
    upstream: strings(json.upstream),
    ...optional('summary', json.summary),
    ...optional('details', json.details),
    severity: severities(json.severity),
    affected: records(json.affected).map(affected),
    references: records(json.references).map((reference) => ({ type: text(reference.type), url: text(reference.url) })),
  }
}

function affected(json: Readonly<Record<string, unknown>>): OsvAffected {
  const about = isObject(json.package) ? json.package : undefined
  return {
    ...(about !== undefined && {
      package: { ecosystem: text(about.ecosystem), name: text(about.name), ...optional('purl', about.purl) },
    }),
    severity: severities(json.severity),
    ranges: records(json.ranges).flatMap(range),
    versions: strings(json.versions),
  }
}

function range(json: Readonly<Record<string, unknown>>): OsvRange[] {
  const { type } = json
  if (type !== 'SEMVER' && type !== 'ECOSYSTEM' && type !== 'GIT') return []
  return [{ type, ...optional('repo', json.repo), events: records(json.events).map(event) }]
}

function event(json: Readonly<Record<string, unknown>>): OsvEvent {
  return {
    ...optional('introduced', json.introduced),
    ...optional('fixed', json.fixed),
    ...optional('lastAffected', json.last_affected),
    ...optional('limit', json.limit),
  }
}

function severities(json: unknown): OsvSeverity[] {
  return records(json).map((severity) => ({ type: text(severity.type), score: text(severity.score) }))
}

function optional<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  return (typeof value === 'string' && value !== '' ? { [key]: text(value) } : {}) as { readonly [P in K]?: string }
}
