import type { Fault } from './finding.ts'

/** When a path was registered, and when a file of it was last touched. */
export interface Times {
  readonly path: string
  /** Seconds since 1970. */
  readonly registered: number
  /** Milliseconds since 1970: the latest change time (ctime) of its files with one name; 0: it has none. */
  readonly touched: number
}

/** The second of the registration runs on, and clocks of file systems lag by a tick. */
const SLACK_MS = 3000

/**
 * Paths whose files were touched after the path was registered. Nix registers a path when all is in place, and nothing
 * touches it from then on; who writes contents and database anew can set modification times, not change times. Hard
 * links come and go and change these too, so files with several names do not count. When a store is copied or restored,
 * all that is there gets new times: so a path is suspect only if most of those registered before are untouched.
 */
export function changedLater(times: readonly Times[]): Map<string, Fault> {
  const eligible = times.filter(({ registered, touched }) => registered > 0 && touched > 0)
  const sorted = eligible.toSorted((a, b) => a.registered - b.registered)
  const untouchedUpTo = [0]
  for (const [at, time] of sorted.entries()) untouchedUpTo.push(untouchedUpTo[at]! + (isTouched(time) ? 0 : 1))
  const found = new Map<string, Fault>()
  for (const time of sorted) {
    if (!isTouched(time)) continue
    const before = countRegisteredBefore(sorted, time.touched / 1000)
    // It counts itself among those before.
    if (untouchedUpTo[before]! * 2 <= before - 1 || untouchedUpTo[before] === 0) continue
    found.set(time.path, {
      rule: 'store/changed-later',
      level: 'warning',
      message:
        'was touched after it was registered, and nobody vouches for what it holds: a repair, or somebody at work',
      evidence: [
        `registered ${new Date(time.registered * 1000).toISOString()}`,
        `a file in it changed ${new Date(time.touched).toISOString()}`,
      ],
      repair: [`nix-store --repair-path ${time.path}`],
    })
  }
  return found
}

function isTouched({ registered, touched }: Times): boolean {
  return touched > registered * 1000 + SLACK_MS
}

function countRegisteredBefore(sorted: readonly Times[], second: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]!.registered < second) low = middle + 1
    else high = middle
  }
  return low
}
