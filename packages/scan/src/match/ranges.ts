import { compareVersions } from '@firn/advisories'
import type { ReasonCode, Statement, Status, VersionRow } from './model.ts'
import { cleanVersion, type Interval, parseVersionExpression } from './versionExpression.ts'

/** What a statement's version list says of one version. */
export interface RangeAnswer {
  readonly status: 'affected' | 'unaffected' | 'undetermined'
  /** Set exactly when undetermined. */
  readonly reason?: ReasonCode
  /** In words. */
  readonly text: string
  /** The row that decided, an index into `versions`. */
  readonly row?: number
  /** The first fixed version above this one, where the row says it. */
  readonly fixedIn?: string
}

type Meaning =
  | { readonly kind: 'intervals'; readonly intervals: readonly Interval[] }
  | { readonly kind: 'git' }
  | { readonly kind: 'edition' }
  | { readonly kind: 'unreadable' }

/**
 * Decide one version against one statement. An unaffected row wins over an affected one that covers the version too;
 * where no row covers it, the default decides, bounded by the highest fix that the rows name.
 */
export function decideRange(
  statement: Pick<Statement, 'versions' | 'defaultStatus'>,
  version: string,
  edition?: string,
): RangeAnswer {
  const rows = statement.versions
  const meanings = rows.map((row) => meaningOf(row, edition))
  let affected: number | undefined
  let unaffected: number | undefined
  let unknown: number | undefined
  let incomparable: number | undefined
  for (const [i, row] of rows.entries()) {
    const meaning = meanings[i]!
    if (meaning.kind === 'unreadable') incomparable ??= i
    if (meaning.kind !== 'intervals') continue
    const inside = covers(meaning.intervals, version)
    if (inside === undefined) incomparable ??= i
    if (inside !== true) continue
    const status = statusAt(row, version)
    if (status === 'affected') affected ??= i
    else if (status === 'unaffected') unaffected ??= i
    else unknown ??= i
  }
  if (
    unaffected !== undefined &&
    !(affected !== undefined && names(rows[affected]!, version) && !names(rows[unaffected]!, version))
  ) {
    return {
      status: 'unaffected',
      row: unaffected,
      text: `${version} is listed as unaffected (${rowText(rows[unaffected]!)})`,
    }
  }
  if (affected !== undefined) {
    const fix = fixOf(rows[affected]!, meanings[affected]!, version)
    return {
      status: 'affected',
      row: affected,
      text: `${version} is in the affected range ${rowText(rows[affected]!)}`,
      ...(fix === undefined ? {} : { fixedIn: fix }),
    }
  }
  if (unknown !== undefined)
    return undetermined('status_unknown', `the record says unknown for ${rowText(rows[unknown]!)}`, unknown)
  return byDefault(statement, meanings, version, incomparable)
}

function byDefault(
  statement: Pick<Statement, 'versions' | 'defaultStatus'>,
  meanings: readonly Meaning[],
  version: string,
  incomparable: number | undefined,
): RangeAnswer {
  const rows = statement.versions
  const status = statement.defaultStatus ?? 'unknown'
  const readable = meanings.filter((meaning) => meaning.kind === 'intervals').length
  if (readable === 0) {
    if (meanings.some((meaning) => meaning.kind === 'git'))
      return undetermined('git_ranges_only', 'the record bounds commits, not versions')
    if (incomparable !== undefined)
      return undetermined(
        'incomparable_versions',
        `no version can be read from ${rowText(rows[incomparable]!)}`,
        incomparable,
      )
    if (meanings.some((meaning) => meaning.kind === 'edition'))
      return { status: 'unaffected', text: 'the record speaks of another edition only' }
    if (status === 'unaffected') return { status: 'unaffected', text: 'the record says that no version is affected' }
    return undetermined('no_ranges', 'the record gives no versions')
  }
  const onlyUnaffected = rows.every((row) => row.status === 'unaffected')
  if (status === 'affected' || onlyUnaffected) {
    const fixes = fixBounds(rows, meanings)
    const highest = fixes.reduce<string | undefined>(
      (best, fix) => (best === undefined || (compareVersions(fix, best) ?? 0) > 0 ? fix : best),
      undefined,
    )
    const order = highest === undefined ? undefined : compareVersions(version, highest)
    if (order !== undefined && order >= 0)
      return {
        status: 'unaffected',
        text: `${version} is not below ${highest}, the highest version the record calls fixed`,
      }
    if (highest !== undefined && order === undefined)
      return undetermined('incomparable_versions', `no order is known between ${version} and ${highest}`)
    if (status === 'unaffected')
      return { status: 'unaffected', text: 'the record lists unaffected versions and calls the rest unaffected' }
    if (status !== 'affected')
      return undetermined(
        'only_unaffected_listed',
        `the record lists only unaffected versions, and ${version} is below them`,
      )
    if (highest === undefined)
      return undetermined(
        'branch_not_listed',
        `the record calls what it does not list affected, and names no fix; ${version} is not listed`,
      )
    const next = fixes
      .filter((fix) => (compareVersions(fix, version) ?? 0) > 0)
      .sort((a, b) => compareVersions(a, b) ?? 0)[0]
    return {
      status: 'affected',
      text: `${version} is not listed, what is not listed is affected, and it is below the highest fix ${highest}`,
      ...(next === undefined ? {} : { fixedIn: next }),
    }
  }
  if (incomparable !== undefined)
    return undetermined(
      'incomparable_versions',
      `no order is known between ${version} and ${rowText(rows[incomparable]!)}`,
      incomparable,
    )
  return { status: 'unaffected', text: `${version} is in none of the ranges the record lists` }
}

const undetermined = (reason: ReasonCode, text: string, row?: number): RangeAnswer => ({
  status: 'undetermined',
  reason,
  text,
  ...(row === undefined ? {} : { row }),
})

/** Where fixes begin: the low ends of unaffected rows, the excluded high ends of affected ones, changes to unaffected. */
function fixBounds(rows: readonly VersionRow[], meanings: readonly Meaning[]): string[] {
  const fixes: string[] = []
  for (const [i, row] of rows.entries()) {
    const meaning = meanings[i]!
    if (meaning.kind !== 'intervals') continue
    for (const interval of meaning.intervals) {
      if (row.status === 'unaffected' && interval.low !== undefined && isVersion(interval.low)) fixes.push(interval.low)
      if (row.status === 'unaffected' && interval.prefix !== undefined) fixes.push(interval.prefix)
      if (row.status === 'affected' && interval.high !== undefined && !interval.highIncluded) fixes.push(interval.high)
    }
    for (const change of row.changes ?? [])
      if (change.status === 'unaffected' && isVersion(change.at)) fixes.push(cleanVersion(change.at))
  }
  return fixes
}

const NO_BOUND = /^(0|\*|-|n\/?a|unspecified|unknown|none|any|all|0\.0|0\.0\.0)?$/i
const HASH = /^[0-9a-f]{12,64}$/i
const EDITION = /-(S\d+)$/i

const isVersion = (text: string) => /\d/.test(text) && !HASH.test(text)

/** What a row means as intervals, without its changes. */
export function meaningOf(row: VersionRow, edition?: string): Meaning {
  const version = row.version?.trim() ?? ''
  const high = (row.lessThan ?? row.lessThanOrEqual)?.trim()
  if (row.scheme === 'git' || HASH.test(version) || (high !== undefined && HASH.test(high))) return { kind: 'git' }
  const rowEdition = EDITION.exec(high ?? version)?.[1]?.toLowerCase() ?? EDITION.exec(version)?.[1]?.toLowerCase()
  if (rowEdition !== undefined ? edition === undefined : edition !== undefined && /^s\d/.test(edition))
    return { kind: 'edition' }
  if (high === undefined && row.above === undefined) return alone(version)
  const unbounded =
    NO_BOUND.test(version) || (version === high && row.lessThan !== undefined) || /[<>=]|before|prior/.test(version)
  const low =
    row.above !== undefined
      ? { low: cleanVersion(row.above), lowExcluded: true }
      : unbounded
        ? {}
        : { low: cleanVersion(version).replace(/\.[x*]$/, '') }
  if (high === undefined || (NO_BOUND.test(high) && high !== '0')) return { kind: 'intervals', intervals: [low] }
  const branch = /^(?<prefix>.*\d)\.[*x]$/.exec(cleanVersion(high))
  if (branch !== null) return { kind: 'intervals', intervals: branchFrom(low, branch.groups!.prefix!) }
  const bound = expressionBound(high) ?? cleanVersion(high)
  if (!isVersion(bound)) return { kind: 'unreadable' }
  return {
    kind: 'intervals',
    intervals: [{ ...low, high: bound, ...(row.lessThan === undefined ? { highIncluded: true } : { fixed: true }) }],
  }
}

/** `6.1.80` to `6.1.*`: within the branch only when the low end lies in it, else everything up to its end. */
function branchFrom(low: Interval, prefix: string): Interval[] {
  return [{ ...low, high: `${prefix}.999999999`, highIncluded: true }]
}

/** GitHub's advisories sometimes carry `< 1.2.3` in lessThan. */
function expressionBound(text: string): string | undefined {
  const match = /^\s*(?:<=?|=|before|prior to|up to)\s*(\S+)$/i.exec(text)
  return match === null ? undefined : cleanVersion(match[1]!)
}

function alone(version: string): Meaning {
  if (version === '' || (NO_BOUND.test(version) && !/^(\*|all|any|0(\.0)*)$/i.test(version)))
    return { kind: 'unreadable' }
  if (/^0(\.0)*$/.test(version))
    return { kind: 'intervals', intervals: [{ low: version, high: version, highIncluded: true }] }
  const intervals = parseVersionExpression(version)
  if (intervals !== undefined) return { kind: 'intervals', intervals }
  const plain = cleanVersion(version)
  if (!/^\d\S*$/.test(plain)) return { kind: 'unreadable' }
  return { kind: 'intervals', intervals: [{ low: plain, high: plain, highIncluded: true }] }
}

/** Whether a version lies in one of the intervals; undefined where a bound cannot be compared and no other covers it. */
function covers(intervals: readonly Interval[], version: string): boolean | undefined {
  let known = true
  for (const interval of intervals) {
    const inside = within(interval, version)
    if (inside === true) return true
    if (inside === undefined) known = false
  }
  return known ? false : undefined
}

function within(interval: Interval, version: string): boolean | undefined {
  const { low, high, prefix } = interval
  if (prefix !== undefined)
    return version === prefix || version.startsWith(`${prefix}.`) || version.startsWith(`${prefix}-`)
  const fromLow = low === undefined ? 1 : compareVersions(version, low)
  const toHigh = high === undefined ? -1 : compareVersions(version, high)
  if (fromLow !== undefined && (fromLow < 0 || (fromLow === 0 && interval.lowExcluded))) return false
  if (toHigh !== undefined && (toHigh > 0 || (toHigh === 0 && !interval.highIncluded))) return false
  return fromLow === undefined || toHigh === undefined ? undefined : true
}

/** The row's status, after those of its changes that the version has reached. */
function statusAt(row: VersionRow, version: string): Status {
  let status = row.status
  let reached: string | undefined
  for (const change of row.changes ?? []) {
    const at = cleanVersion(change.at)
    const order = compareVersions(version, at)
    if (order === undefined || order < 0) continue
    if (reached === undefined || (compareVersions(at, reached) ?? 0) >= 0) {
      reached = at
      status = change.status
    }
  }
  return status
}

/** The row names this one version, not a range. */
function names(row: VersionRow, version: string): boolean {
  return (
    row.lessThan === undefined &&
    row.lessThanOrEqual === undefined &&
    row.above === undefined &&
    row.version !== undefined &&
    compareVersions(cleanVersion(row.version), version) === 0
  )
}

function fixOf(row: VersionRow, meaning: Meaning, version: string): string | undefined {
  for (const change of row.changes ?? []) {
    if (change.status === 'unaffected' && (compareVersions(version, cleanVersion(change.at)) ?? 0) < 0)
      return cleanVersion(change.at)
  }
  if (meaning.kind !== 'intervals') return undefined
  return meaning.intervals.find((interval) => interval.fixed && within(interval, version))?.high
}

/** A row as a maintainer would write it: `>= 1.0, < 1.2`. */
function rowText(row: VersionRow): string {
  const bounds = [
    row.above === undefined ? undefined : `> ${row.above}`,
    row.version === undefined || row.version === row.lessThan
      ? undefined
      : row.lessThan === undefined && row.lessThanOrEqual === undefined
        ? row.version
        : `>= ${row.version}`,
    row.lessThan === undefined ? undefined : `< ${row.lessThan}`,
    row.lessThanOrEqual === undefined ? undefined : `<= ${row.lessThanOrEqual}`,
  ].filter((bound) => bound !== undefined)
  return bounds.length === 0 ? 'without bounds' : bounds.join(', ')
}
