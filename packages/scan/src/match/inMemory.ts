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
  const advisoriesByName = (names: readonly string[]) => new Set(names.flatMap((name) => byName.get(name) ?? []))
  return {
    advisoriesByName,
    advisoriesForAll: (askers) => {
      const wanted = new Map<Advisory, number[]>()
      for (const [position, names] of askers.entries()) {
        for (const advisory of advisoriesByName(names)) {
          const known = wanted.get(advisory)
          if (known === undefined) wanted.set(advisory, [position])
          else known.push(position)
        }
      }
      return [...wanted].map(([advisory, positions]) => ({ advisory, askers: positions }))
    },
  }
}
