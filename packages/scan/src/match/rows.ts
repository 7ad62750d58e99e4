import type { VersionRow } from './model.ts'
import { cleanVersion, type Interval, isVersionText, LONGEST, parseVersionExpression } from './versionExpression.ts'

/** What a row means, without its changes. */
export type Meaning =
  | { readonly kind: 'intervals'; readonly intervals: readonly Interval[] }
  /** Commits. */
  | { readonly kind: 'git' }
  /** Versions of another line of releases (`9.18.11-S1`). */
  | { readonly kind: 'edition' }
  /** Versions of another product, named in the row. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable' }

/** What people write where there is no bound. */
const NO_BOUND = /^(0|\*|-|n\/?a|unspecified|unknown|none|any|all|latest|\?|0\.0|0\.0\.0)?$/i
const HASH = /^(?=.*[a-f])(?=.*\d)[0-9a-f]{7,64}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$/i
/** Numbers of a distribution's package: they are not upstream's. */
const PACKED = /\.(el|fc)\d|ubuntu\d|[+~]deb\d|\+dfsg/i
const EDITION = /-(S\d+)$/i

/** How the record of a row writes. */
export interface Habits {
  /** Lower-case words of the product's and the maker's name. */
  readonly words: ReadonlySet<string>
  /** Versions that the record lists as affected and its text calls the fix. */
  readonly fixes: readonly string[]
  /** An analyst's form: `*` is what stands there when nothing was filled in. */
  readonly isTemplate: boolean
  /** Oracle lists the latest update of each line of Java that is affected; those before it are too. */
  readonly latestOnly: boolean
}

/**
 * Read a row. The words of its product may stand before a version (`Ansible Engine v2.9.27`); a version that the record
 * lists as affected and its text calls the fix means all before. Habits are asked only where they matter. Rows that
 * mean the same in whatever record they stand share one meaning: a kernel's records repeat a few hundred.
 */
export function meaningOf(row: VersionRow, edition: string | undefined, habits: Habits): Meaning {
  const { version, lessThan, lessThanOrEqual, scheme } = row
  if (scheme === 'git' && version !== undefined && HASH.test(version) && isCommit(lessThan)) return COMMITS
  if (!isPlain(row, habits)) return read(row, edition, habits)
  const key = `${version} ${lessThan} ${lessThanOrEqual} ${scheme === 'git'} ${edition}`
  const known = SHARED.get(key)
  if (known !== undefined) return known
  if (SHARED.size >= MOST_SHARED) SHARED.clear()
  const meaning = read(row, edition, habits)
  SHARED.set(key, meaning)
  return meaning
}

/** Half of a kernel's rows, and no two the same. */
const COMMITS: Meaning = { kind: 'git' }
const isCommit = (text: string | undefined) => text === undefined || HASH.test(text)

const SHARED = new Map<string, Meaning>()
const MOST_SHARED = 20_000
/** No word and no space: what records make of such bounds cannot be taken for one another's. */
const PLAIN = /^[\d*][\w.*-]{0,40}$/

/** Whether a row says all by itself: plain bounds, or a bare number in a record without habits. */
function isPlain({ version, above, lessThan, lessThanOrEqual }: VersionRow, habits: Habits): boolean {
  if (version === undefined || above !== undefined || !PLAIN.test(version)) return false
  if (lessThan !== undefined || lessThanOrEqual !== undefined) return isBound(lessThan) && isBound(lessThanOrEqual)
  if (!/^\d[\d.]*$/.test(version) || habits.latestOnly || habits.fixes.includes(version)) return false
  return version !== '0' || !habits.isTemplate
}

const isBound = (text: string | undefined) => text === undefined || PLAIN.test(text)

function read(row: VersionRow, edition: string | undefined, habits: Habits): Meaning {
  const version = row.version?.trim() ?? ''
  const high = (row.lessThan ?? row.lessThanOrEqual)?.trim()
  if ([version, high ?? '', row.above ?? ''].some((text) => text.length > LONGEST)) return { kind: 'unreadable' }
  if (HASH.test(version) || (high !== undefined && HASH.test(high))) return { kind: 'git' }
  if (row.scheme === 'git' && ![version, high ?? ''].some((text) => /\d\.\d|^\d+$/.test(text) && text !== '0'))
    return { kind: 'git' }
  const rowEdition = EDITION.exec(high ?? version)?.[1]?.toLowerCase() ?? EDITION.exec(version)?.[1]?.toLowerCase()
  if (rowEdition !== undefined ? edition === undefined : edition !== undefined && /^s\d/.test(edition))
    return { kind: 'edition' }
  if (high !== undefined || row.above !== undefined) return between(row, version, high, habits)
  if (habits.fixes.includes(version)) return intervals({ high: cleanVersion(version), fixed: true })
  if (/^[<>=\s]*[0-9a-f]{40}$/i.test(version)) return { kind: 'git' }
  if (habits.isTemplate && /^[*0]$/.test(version)) return { kind: 'unreadable' }
  const meaning = alone(version, habits)
  return habits.latestOnly && meaning.kind === 'intervals' ? intervals(...meaning.intervals.map(fromLine)) : meaning
}

/** `17.0.11` as all of 17 up to it, `8u411` as all of 8. */
function fromLine(interval: Interval): Interval {
  const { low, high } = interval
  return low === undefined || low !== high ? interval : { ...interval, low: low.split(/[.u-]/)[0]! }
}

const intervals = (...list: Interval[]): Meaning => ({ kind: 'intervals', intervals: list })

function between(row: VersionRow, version: string, high: string | undefined, habits: Habits): Meaning {
  const isOpen =
    NO_BOUND.test(version) || (isSame(version, high) && row.lessThan !== undefined) || /^<|before|prior/i.test(version)
  const low: Interval =
    row.above !== undefined
      ? { low: cleanVersion(row.above), lowExcluded: true }
      : isOpen
        ? {}
        : { low: cleanVersion(version.replace(/^>=?\s*/, '')).replace(/\.?[x*]$/i, '') }
  if (high === undefined || (NO_BOUND.test(high) && high !== '0')) return intervals(low)
  // `3005.5, 3006.6`: a fix a branch.
  const list = row.lessThan !== undefined && /^v?\d[\w.]*(?:, ?v?\d[\w.]*)+$/.test(high)
  const fixes = list && isOpen ? parseVersionExpression(`before ${high}`) : undefined
  if (fixes !== undefined && fixes !== 'other') return intervals(...fixes)
  // `git describe` of a fix: it is in no release up to that one, and in each after it.
  const described = /^(?<base>.*\d\S*)-\d+-g[0-9a-f]{7,40}$/i.exec(high)?.groups?.base
  if (described !== undefined) return intervals({ ...low, high: cleanVersion(described), highIncluded: true })
  const branch = /^(?<prefix>.*\d)\.[*x]$/.exec(cleanVersion(high))
  if (branch !== null) return intervals({ ...low, high: `${branch.groups!.prefix!}.999999999`, highIncluded: true })
  const bound = cleanVersion(
    high
      .replace(/^\s*(?:<=?|=|before|prior to|up to|upgrade to)\s*/i, '')
      .replace(/ (?:or|and) (?:higher|later|above|newer)$/i, ''),
  )
  if (isVersionText(bound)) {
    return intervals({
      ...low,
      high: bound,
      ...(row.lessThan === undefined ? { highIncluded: true } : { fixed: true }),
    })
  }
  // Prose in the upper bound: the lower one may say it all (`before version 4.0.9`).
  return /before|prior/i.test(version) ? alone(version, habits) : { kind: 'unreadable' }
}

/** Analysts' forms write `5.0.4*` or `*7.5.0` for a beginning that nobody told, beside the end `5.0.4`. */
const isSame = (version: string, high: string | undefined) =>
  version === high || (high !== undefined && version.replace(/^\*|\*$/g, '') === high)

/** A row of one field: a version, or an expression. */
function alone(version: string, habits: Habits): Meaning {
  if (/^(\*|all|any|latest)$/i.test(version)) return intervals({})
  if (/^0(\.0)*$/.test(version)) return intervals({ low: version, high: version, highIncluded: true })
  if (NO_BOUND.test(version) || PACKED.test(version)) return { kind: 'unreadable' }
  const parsed = parseVersionExpression(version, habits.words)
  if (parsed === 'other') return { kind: 'other' }
  return parsed === undefined ? { kind: 'unreadable' } : intervals(...parsed)
}

/** A row as a maintainer would write it: `>= 1.0, < 1.2`. */
export function rowText(row: VersionRow): string {
  const isRange = row.lessThan !== undefined || row.lessThanOrEqual !== undefined
  const bounds = [
    row.above === undefined ? undefined : `> ${row.above}`,
    row.version === undefined || row.version === row.lessThan ? undefined : isRange ? `>= ${row.version}` : row.version,
    row.lessThan === undefined ? undefined : `< ${row.lessThan}`,
    row.lessThanOrEqual === undefined ? undefined : `<= ${row.lessThanOrEqual}`,
  ].filter((bound) => bound !== undefined)
  return bounds.length === 0 ? 'without bounds' : bounds.join(', ')
}
