import type { ReasonCode, RulingStatus, Statement, StatementSource, Status, Verdict, VersionRow } from '@firn/scan'
import type { FeedStatus, IngestionStatus } from '../domain/views.ts'

/** Words for people, from the codes of the models. */

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  affected: 'Affected',
  undetermined: 'Undetermined',
  patched: 'Patched',
  not_affected: 'Not affected',
  different_product: 'Different product',
}

export const REASONS: Readonly<Record<ReasonCode, string>> = {
  no_version: 'the version of the package is not known',
  unstable_version: 'the package is a snapshot between releases',
  incomparable_versions: 'the two version schemes have no common order',
  no_ranges: 'the record gives no versions',
  git_ranges_only: 'the record bounds commits, not versions',
  status_unknown: 'the record itself says “unknown” for this version',
  product_unproven: 'only the name agrees; nothing proves that it is the same product',
  branch_not_listed: 'the record lists other branches, not this one',
  edition_unknown: 'the record speaks of one edition of the product',
  only_unaffected_listed: 'the record lists only versions that are not affected',
}

export const SOURCES: Readonly<Record<StatementSource, string>> = {
  cna: 'CVE record, by its assigner',
  adp: 'CVE record, added by',
  'cpe-applicability': 'CVE record, CPE applicability',
  nvd: 'NVD',
  osv: 'OSV',
  text: 'CVE record, its text',
}

export const FEED_STATES: Readonly<Record<FeedStatus['state'], string>> = {
  fresh: 'Fresh',
  stale: 'Stale',
  failing: 'Failing',
  never: 'Never updated',
}

export const INGESTION_STATES: Readonly<Record<IngestionStatus['state'], string>> = {
  queued: 'Queued',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
}

/** What maintainers said, as a verdict that people may read. */
export const RULINGS: Readonly<Record<RulingStatus, string>> = {
  affected: 'Affected',
  not_affected: 'Not affected',
  fixed: 'Fixed',
  under_investigation: 'Under investigation',
}

const STATUSES: Readonly<Record<Status, string>> = {
  affected: 'affected',
  unaffected: 'not affected',
  unknown: 'unknown',
}

export function statusInWords(status: Status): string {
  return STATUSES[status]
}

const NO_VERSION = /^(n\/a|unspecified|unknown|-|)$/i

/** A row of a version list as a person would say it: `from 3.0.0, before 3.0.15`. */
export function rangeInWords(row: VersionRow): string {
  const range = bounds(row)
  const flips = (row.changes ?? []).map((change) => `; from ${change.at} on ${STATUSES[change.status]}`)
  return `${row.scheme === 'git' ? 'commits ' : ''}${range}${flips.join('')}`
}

function bounds(row: VersionRow): string {
  const end = upperBound(row)
  if (row.above !== undefined) return end === '' ? `after ${row.above}` : `after ${row.above}, ${end}`
  const start = row.version ?? ''
  const open = NO_VERSION.test(start) || start === '0' || start === '*'
  if (end !== '') return open ? end : `from ${start}, ${end}`
  if (row.lessThan !== undefined || row.lessThanOrEqual !== undefined) return open ? 'all versions' : `from ${start} on`
  if (start === '*') return 'all versions'
  if (NO_VERSION.test(start)) return 'no version given'
  return /[<>=,]/.test(start) ? `as written: ${start}` : start
}

function upperBound(row: VersionRow): string {
  if (row.lessThan !== undefined && row.lessThan !== '*') return `before ${row.lessThan}`
  if (row.lessThanOrEqual !== undefined && row.lessThanOrEqual !== '*')
    return `up to and including ${row.lessThanOrEqual}`
  return ''
}

/** What a statement says of every version that its rows leave out. */
export function defaultInWords(statement: Statement): string {
  const others = statement.versions.length === 0 ? 'All versions' : 'Any other version'
  return `${others}: ${STATUSES[statement.defaultStatus ?? 'unknown']}`
}

/** The name a statement gives its product. */
export function productInWords(statement: Statement): string {
  const name =
    statement.product ?? statement.packageName ?? statement.purl ?? statement.repo ?? 'a product without name'
  return statement.vendor === undefined ? name : `${name} by ${statement.vendor}`
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** How long ago, in the largest whole unit: `3 days ago`, `just now`; a moment to come is `in 2 hours`. */
export function ago(iso: string, now: Date): string {
  const seconds = (now.getTime() - Date.parse(iso)) / 1000
  if (Number.isNaN(seconds)) return 'at an unknown time'
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size)
  if (unit === undefined) return 'just now'
  const amount = count(Math.floor(Math.abs(seconds) / unit[1]), unit[0])
  return seconds < 0 ? `in ${amount}` : `${amount} ago`
}

/** `1 package`, `2,310 packages`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(number)} ${number === 1 ? noun : plural}`
}

const DIGITS = new Intl.NumberFormat('en')

export function grouped(number: number): string {
  return DIGITS.format(number)
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** A key of a count map as words: `cve_records` is `Cve records`. */
export function label(key: string): string {
  const words = key
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]/g, ' ')
    .toLowerCase()
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`.replace(/\b(cve|kev|epss|osv|nvd|cves)\b/gi, acronym)
}

function acronym(word: string): string {
  return word.toLowerCase() === 'cves' ? 'CVEs' : word.toUpperCase()
}
