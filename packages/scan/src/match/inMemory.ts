import { advisoryNames } from '../identify/names.ts'
import type { AdvisorySource } from './matcher.ts'
import type { Advisory } from './model.ts'

/** Advisories kept by name. For deltas and tests; the scanner's index is on disk. */
export function inMemory(advisories: Iterable<Advisory>): AdvisorySource {
  const byName = new Map<string, Advisory[]>()
  for (const advisory of advisories) {
    for (const name of advisoryNames(advisory)) {
      const list = byName.get(name)
      if (list === undefined) byName.set(name, [advisory])
      else list.push(advisory)
    }
  }
  return { advisoriesByName: (names) => new Set(names.flatMap((name) => byName.get(name) ?? [])) }
}
