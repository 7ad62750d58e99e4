import { compareVersions } from '@firn/advisories/version-order'
import type { KnownVersion } from '../identify/version.ts'
import { endedBranch, fixBounds, highestOf, isOfBranch, nextAbove } from './branches.ts'
import type { ReasonCode, Statement, Status, VersionRow } from './model.ts'
import { type Habits, type Meaning, meaningOf, rowText } from './rows.ts'
import { cleanVersion, type Interval } from './versionExpression.ts'

/** What a statement's version list says of one version. */
export interface RangeAnswer {
  readonly status: 'affected' | 'unaffected' | 'undetermined'
  /** Set exactly when undetermined. */
  readonly reason?: ReasonCode
  /** In words. */
  readonly text: string
  /** The row that decided, an index into `versions`. */
  readonly row?: number
  /** A row names the version as unaffected: it is not only left out. */
  readonly listed?: true
  /** The first fixed version above this one, where the row says it. */
  readonly fixedIn?: string
}

/** What else of the record bears on a statement's rows. */
export interface RangeContext extends Habits {
  /** Rows of other statements on the same product. */
  readonly siblings: readonly VersionRow[]
}

/** Only these schemes have an order of their own; `git` on version numbers is a slip. */
const order = (a: string, b: string, scheme: string | undefined) =>
  compareVersions(a, b, scheme === 'semver' || scheme === 'python' ? scheme : undefined)

/** What of a statement its ranges are read from. */
type Ranged = Pick<Statement, 'versions' | 'defaultStatus' | 'source'> & Partial<Pick<Statement, 'provider'>>

const NO_CONTEXT: RangeContext = {
  words: new Set(),
  fixes: [],
  isTemplate: false,
  latestOnly: false,
  siblings: [],
}

/**
 * Decide one version against one statement. An unaffected row wins over an affected one that covers the version too,
 * unless only the affected one names that very version; where no row covers it, the default decides.
 */
export function decideRange(statement: Ranged, known: KnownVersion, context: RangeContext = NO_CONTEXT): RangeAnswer {
  const rows = statement.versions
  const version = textFor(rows, known)
  const meanings = meaningsOf(rows, known.edition, context)
  const found = rowsThatCover(rows, meanings, version)
  const { affected, unaffected, unknown } = found
  if (unaffected !== undefined && !(affected !== undefined && isOnlyOneNaming(rows, affected, unaffected, version))) {
    const text = `${version} is listed as unaffected (${rowText(rows[unaffected]!)})`
    return { status: 'unaffected', row: unaffected, listed: true, text }
  }
  if (affected !== undefined) return inRange(rows, meanings, affected, version, known, context)
  if (unknown !== undefined)
    return undetermined('status_unknown', `the record says unknown for ${rowText(rows[unknown]!)}`, unknown)
  return byDefault(statement, meanings, version, found.incomparable)
}

/** Rows are read once: many packages ask of one advisory, and a kernel's asks of thousands. */
const READ = new WeakMap<readonly VersionRow[], Map<string, readonly Meaning[]>>()

function meaningsOf(rows: readonly VersionRow[], edition: string | undefined, habits: Habits): readonly Meaning[] {
  const known = READ.get(rows) ?? new Map<string, readonly Meaning[]>()
  const key = edition ?? ''
  const read = known.get(key) ?? rows.map((row) => meaningOf(row, edition, habits))
  known.set(key, read)
  READ.set(rows, known)
  return read
}

/** OpenSSH's `p1` only marks the portable release: it counts where the record writes it. */
function textFor(rows: readonly VersionRow[], known: KnownVersion): string {
  if (known.plain === undefined) return known.text
  const isWritten = rows.some((row) => /\dp\d/.test(`${row.version} ${row.lessThan} ${row.lessThanOrEqual}`))
  return isWritten ? known.text : known.plain
}

interface Covering {
  affected?: number
  unaffected?: number
  unknown?: number
  /** A row whose place cannot be told. */
  incomparable?: number
}

/** The first row of each status that covers the version. */
function rowsThatCover(rows: readonly VersionRow[], meanings: readonly Meaning[], version: string): Covering {
  const found: Covering = {}
  for (const [i, row] of rows.entries()) {
    const meaning = meanings[i]!
    if (meaning.kind === 'unreadable') found.incomparable ??= i
    if (meaning.kind !== 'intervals') continue
    const inside = covers(meaning.intervals, version, row.scheme)
    if (inside === undefined) found.incomparable ??= i
    if (inside === true && !isSuperseded(meaning, meanings, version)) found[statusAt(row, version)] ??= i
  }
  return found
}

/** Of rows that only begin (`>= 9.2.7`, `>= 9.3.0`), each holds until the next does. */
function isSuperseded(meaning: Meaning, all: readonly Meaning[], version: string): boolean {
  const own = beginOf(meaning)
  if (own === undefined) return false
  return all.some((other) => {
    const low = beginOf(other)
    return low !== undefined && (compareVersions(low, own) ?? 0) > 0 && (compareVersions(version, low) ?? -1) >= 0
  })
}

function beginOf(meaning: Meaning): string | undefined {
  const [only, ...more] = meaning.kind === 'intervals' ? meaning.intervals : []
  if (only === undefined || more.length > 0 || only.high !== undefined || only.prefix !== undefined) return undefined
  return only.low
}

function inRange(
  rows: readonly VersionRow[],
  meanings: readonly Meaning[],
  affected: number,
  version: string,
  known: KnownVersion,
  context: RangeContext,
): RangeAnswer {
  const row = rows[affected]!
  const meaning = meanings[affected]!
  const covering =
    meaning.kind === 'intervals' ? meaning.intervals.find((each) => within(each, version, row.scheme)) : undefined
  const { siblings } = context
  const others = siblings.map((sibling) => meaningOf(sibling, known.edition, context))
  const ends = [...meanings, ...others].flatMap((each, i) => {
    const status = (rows[i] ?? siblings[i - rows.length])?.status
    return each.kind === 'intervals' && status === 'affected' ? each.intervals : []
  })
  const ended = covering === undefined ? undefined : endedBranch(version, covering, ends)
  if (ended !== undefined) {
    const text = `${version} is past ${ended.high}, where its own branch ends; ${rowText(row)} is of a later one`
    return { status: 'unaffected', row: affected, text }
  }
  const fix = fixOf(row, meaning, version)
  const text = `${version} is in the affected range ${rowText(row)}`
  return { status: 'affected', row: affected, text, ...(fix === undefined ? {} : { fixedIn: fix }) }
}

/** No row covers the version. */
function byDefault(
  statement: Ranged,
  meanings: readonly Meaning[],
  version: string,
  incomparable: number | undefined,
): RangeAnswer {
  const rows = statement.versions
  const readable = meanings.filter(({ kind }) => kind === 'intervals').length
  if (readable === 0) return withoutRows(statement, meanings, incomparable)
  const fixes = fixesOf(rows, meanings)
  const onlyUnaffected = rows.every((row) => row.status === 'unaffected')
  // With none but affected rows beside it, a default of `affected` would make them say nothing: they bound it.
  const isAffected = statement.defaultStatus === 'affected' && rows.some(isException)
  if (isAffected || onlyUnaffected) return belowFixes(statement, fixes, version, isAffected)
  if (incomparable !== undefined) {
    const text = `no order is known between ${version} and ${rowText(rows[incomparable]!)}`
    return undetermined('incomparable_versions', text, incomparable)
  }
  // Analysts write `unknown` into every record. An authority that lists single versions and says so means it; but Cisco
  // lists each release that is affected, and says it of the rest by habit.
  const isListed = rows.every((row) => row.lessThan === undefined && row.lessThanOrEqual === undefined)
  const isComplete = statement.provider === 'cisco'
  if (
    statement.defaultStatus === 'unknown' &&
    statement.source === 'cna' &&
    isListed &&
    !isComplete &&
    fixes.length === 0
  )
    return undetermined(
      'status_unknown',
      `${version} is not listed, and the record says unknown for what it does not list`,
    )
  return { status: 'unaffected', text: `${version} is in none of the ranges the record lists` }
}

/** Asked for by each of the components that share an advisory. */
const FIXES = new WeakMap<readonly Meaning[], readonly string[]>()

function fixesOf(rows: readonly VersionRow[], meanings: readonly Meaning[]): readonly string[] {
  const known = FIXES.get(meanings)
  if (known !== undefined) return known
  const fixes = fixBounds(rows, meanings)
  FIXES.set(meanings, fixes)
  return fixes
}

const isException = ({ status, changes = [] }: VersionRow) =>
  status !== 'affected' || changes.some((change) => change.status !== 'affected')

/** Nothing in the rows can be compared with a version. */
function withoutRows(
  statement: Pick<Statement, 'versions' | 'defaultStatus'>,
  meanings: readonly Meaning[],
  incomparable: number | undefined,
): RangeAnswer {
  const has = (kind: Meaning['kind']) => meanings.some((meaning) => meaning.kind === kind)
  if (has('git')) return undetermined('git_ranges_only', 'the record bounds commits, not versions')
  if (
    incomparable !== undefined &&
    !/^(n\/?a|-|unspecified|unknown|)$/i.test(statement.versions[incomparable]!.version ?? '')
  ) {
    const text = `no version can be read from ${rowText(statement.versions[incomparable]!)}`
    return undetermined('incomparable_versions', text, incomparable)
  }
  if (has('edition')) return { status: 'unaffected', text: 'the record speaks of another edition only' }
  if (has('other')) return { status: 'unaffected', text: 'the rows are those of another product' }
  if (statement.defaultStatus === 'unaffected')
    return { status: 'unaffected', text: 'the record says that no version is affected' }
  return undetermined('no_ranges', 'the record gives no versions')
}

/** What is not listed is affected, or only unaffected versions are listed: the highest fix of all bounds that. */
function belowFixes(
  statement: Pick<Statement, 'versions' | 'defaultStatus'>,
  fixes: readonly string[],
  version: string,
  isAffected: boolean,
): RangeAnswer {
  const highest = highestOf(fixes)
  const toHighest = highest === undefined ? undefined : compareVersions(version, highest)
  if (toHighest !== undefined && toHighest >= 0) {
    const text = `${version} is not below ${highest}, the highest version the record calls fixed`
    return { status: 'unaffected', text }
  }
  if (highest !== undefined && toHighest === undefined)
    return undetermined('incomparable_versions', `no order is known between ${version} and ${highest}`)
  if (!isAffected) {
    if (statement.defaultStatus === 'unaffected')
      return { status: 'unaffected', text: 'the record lists unaffected versions and calls the rest unaffected' }
    const ownFix = fixes.length < 2 ? undefined : fixes.find((fix) => isBelowInBranch(version, fix))
    if (ownFix !== undefined) {
      const text = `the record lists a fixed version of each branch, and ${version} is below its own, ${ownFix}`
      return { status: 'affected', text, fixedIn: ownFix }
    }
    const text = `the record lists only unaffected versions, and ${version} is below them`
    return undetermined('only_unaffected_listed', text)
  }
  // `6.3` is no fix of a branch `6`.
  const own = fixes.find(
    (fix) => /\..*\./.test(fix) && isOfBranch(version, fix) && (compareVersions(version, fix) ?? -1) >= 0,
  )
  if (own !== undefined)
    return { status: 'unaffected', text: `${version} is not below ${own}, the fix of its own branch` }
  if (highest === undefined) {
    const text = `the record calls what it does not list affected, and names no fix; ${version} is not listed`
    return undetermined('branch_not_listed', text)
  }
  const next = nextAbove(fixes, version)
  const text = `${version} is not listed, what is not listed is affected, and it is below the highest fix ${highest}`
  return { status: 'affected', text, ...(next === undefined ? {} : { fixedIn: next }) }
}

const isBelowInBranch = (version: string, fix: string) =>
  isOfBranch(version, fix) && (compareVersions(version, fix) ?? 0) < 0

const undetermined = (reason: ReasonCode, text: string, row?: number): RangeAnswer => ({
  status: 'undetermined',
  reason,
  text,
  ...(row === undefined ? {} : { row }),
})

/** Whether a version lies in one of the intervals; undefined where a bound cannot be compared and no other covers it. */
function covers(intervals: readonly Interval[], version: string, scheme: string | undefined): boolean | undefined {
  let isKnown = true
  for (const interval of intervals) {
    const inside = within(interval, version, scheme)
    if (inside === true) return true
    if (inside === undefined) isKnown = false
  }
  return isKnown ? false : undefined
}

function within(interval: Interval, version: string, scheme: string | undefined): boolean | undefined {
  const { low, high, prefix } = interval
  if (prefix !== undefined)
    return version === prefix || version.startsWith(`${prefix}.`) || version.startsWith(`${prefix}-`)
  // What cannot be compared is not the same.
  if (low !== undefined && low === high) return order(version, low, scheme) === 0
  const fromLow = low === undefined ? 1 : order(version, low, scheme)
  const toHigh = high === undefined ? -1 : order(version, high, scheme)
  if (fromLow !== undefined && (fromLow < 0 || (fromLow === 0 && interval.lowExcluded))) return false
  if (toHigh !== undefined && (toHigh > 0 || (toHigh === 0 && !interval.highIncluded))) return false
  return fromLow === undefined || toHigh === undefined ? undefined : true
}

/**
 * The row's status, after those of its changes that the version has reached. Several changes to unaffected, or one in
 * the midst of a range, are the fixes of release branches: each holds in its own, and above the last only where the
 * range has no end.
 */
function statusAt(row: VersionRow, version: string): Status {
  const { changes = [], lessThan, lessThanOrEqual, scheme } = row
  const reached = changes.filter(({ at }) => {
    const reaches = order(version, cleanVersion(at), scheme)
    return reaches !== undefined && reaches >= 0
  })
  const last = reached.toSorted((a, b) => order(cleanVersion(a.at), cleanVersion(b.at), scheme) ?? 0).at(-1)
  if (last === undefined) return row.status
  const isOpen = (lessThan ?? lessThanOrEqual ?? '*').trim() === '*'
  if (changes.some(({ status }) => status !== 'unaffected') || (changes.length === 1 && isOpen)) return last.status
  if (isOpen && reached.length === changes.length) return last.status
  return isOfBranch(version, cleanVersion(last.at)) ? last.status : row.status
}

/** Of an affected and an unaffected row, only the first names this one version. */
function isOnlyOneNaming(rows: readonly VersionRow[], affected: number, unaffected: number, version: string): boolean {
  return names(rows[affected]!, version) && !names(rows[unaffected]!, version)
}

function names(row: VersionRow, version: string): boolean {
  if (row.lessThan !== undefined || row.lessThanOrEqual !== undefined || row.above !== undefined) return false
  return row.version !== undefined && compareVersions(cleanVersion(row.version), version) === 0
}

function fixOf(row: VersionRow, meaning: Meaning, version: string): string | undefined {
  for (const change of row.changes ?? []) {
    if (change.status === 'unaffected' && (compareVersions(version, cleanVersion(change.at)) ?? 0) < 0)
      return cleanVersion(change.at)
  }
  if (meaning.kind !== 'intervals') return undefined
  return meaning.intervals.find((interval) => interval.fixed && within(interval, version, row.scheme))?.high
}
