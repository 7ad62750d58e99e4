import { compareVersions } from '@firn/advisories/version-order'
import type { VersionRow } from './model.ts'
import type { Meaning } from './rows.ts'
import { cleanVersion, type Interval, isVersionText } from './versionExpression.ts'

/** Whether a version is after the end of an interval: at its excluded end, or above it. */
function isPast(version: string, interval: Interval): boolean {
  const order = interval.high === undefined ? undefined : compareVersions(version, interval.high)
  return order !== undefined && (order > 0 || (order === 0 && !interval.highIncluded))
}

/**
 * Rows that begin at the same place and end at several (`< 128.3` and `< 131`; `0.7.0 to 1.4.10` and `0.7.0 to 1.5.6`)
 * are release branches, each with its own end: a version past the end of its own branch has the fix, though another
 * row reaches over it. The branch is what the end has in common with the next, and the first field that differs.
 */
export function endedBranch(version: string, covering: Interval, all: readonly Interval[]): Interval | undefined {
  if (covering.high === undefined) return undefined
  const ends = all.filter(
    (other) =>
      other.high !== undefined &&
      (other.low ?? '') === (covering.low ?? '') &&
      (compareVersions(other.high, covering.high!) ?? 0) < 0,
  )
  const highs = [...ends.map(({ high }) => high!), covering.high]
  return ends.find((end) => isPast(version, end) && sameBranch(version, end.high!, nextAbove(highs, end.high!)!))
}

function sameBranch(version: string, end: string, next: string): boolean {
  const [own, ended, later] = [version, end, next].map((text) => text.split(/[.-]/))
  const differs = ended!.findIndex((field, i) => Number(field) !== Number(later![i] ?? '0'))
  if (differs < 0 || differs === ended!.length - 1) return differs === 0 && own![0] === ended![0]
  return own!.slice(0, differs + 1).every((field, i) => Number(field) === Number(ended![i]))
}

/** Whether a version is of the branch of a fix: all fields but the fix's last are the same. */
export function isOfBranch(version: string, fix: string): boolean {
  const branch = fix.replace(/[.-][^.-]*$/, '')
  return version === branch || version.startsWith(`${branch}.`) || version.startsWith(`${branch}-`)
}

/** Where fixes begin: the low ends of unaffected rows, the excluded high ends of affected ones, changes to unaffected. */
export function fixBounds(rows: readonly VersionRow[], meanings: readonly Meaning[]): string[] {
  const fixes: string[] = []
  for (const [i, row] of rows.entries()) {
    const meaning = meanings[i]!
    if (meaning.kind !== 'intervals') continue
    for (const { low, high, highIncluded, prefix } of meaning.intervals) {
      if (row.status === 'unaffected' && low !== undefined && isVersionText(low)) fixes.push(low)
      if (row.status === 'unaffected' && prefix !== undefined) fixes.push(prefix)
      if (row.status === 'affected' && high !== undefined && !highIncluded) fixes.push(high)
    }
    for (const change of row.changes ?? [])
      if (change.status === 'unaffected' && isVersionText(change.at)) fixes.push(cleanVersion(change.at))
  }
  return fixes
}

/** The highest of versions; of those without an order, the first. */
export function highestOf(versions: readonly string[]): string | undefined {
  return versions.reduce<string | undefined>(
    (best, version) => (best === undefined || (compareVersions(version, best) ?? 0) > 0 ? version : best),
    undefined,
  )
}

/** The lowest of versions above this one. */
export function nextAbove(versions: readonly string[], version: string): string | undefined {
  return versions
    .filter((each) => (compareVersions(each, version) ?? 0) > 0)
    .sort((a, b) => compareVersions(a, b) ?? 0)[0]
}
