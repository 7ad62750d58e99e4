import type { BytePath, TreeError } from '@firn/nix/tree'
import type { Fault, StoreRule } from '../verify/finding.ts'
import { faultOfFailure, readFailure } from '../verify/read-failure.ts'

const EXAMPLES = 3

/** One fault for all that could not be read for the same reason. */
export function failuresOf(failures: readonly TreeError[], root: BytePath, repair: readonly string[]): Fault[] {
  const groups = Map.groupBy(
    failures.map((failure) => faultOfFailure(readFailure(failure, root), repair)),
    ({ rule, message }) => `${rule} ${message}`,
  )
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    ...(group.length > 1 && { message: `${group[0]!.message}: ${group.length} of its files or folders` }),
    evidence: group.slice(0, EXAMPLES).flatMap(({ evidence = [] }) => evidence),
  }))
}

const MEANING = {
  'store/seal-content': 'holds something else than was sealed',
  'store/seal-kind':
    'is of another kind than was sealed, or may be executed where that was not, or the other way round',
  'store/seal-missing': 'lacks what was sealed',
  'store/seal-stranger': 'has something in it that was not sealed',
} as const satisfies Partial<Record<StoreRule, string>>

/** One fault for all places that differ in the same way. */
export function differenceOf(rule: StoreRule, places: readonly string[], repair: readonly string[]): Fault {
  const meaning = MEANING[rule as keyof typeof MEANING]
  return {
    rule,
    level: 'error',
    message: places.length === 1 ? meaning : `${meaning}: ${places.length} files`,
    evidence: places.slice(0, EXAMPLES),
    repair,
  }
}
