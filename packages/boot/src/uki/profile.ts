import type { PeSection } from '@firn/binary/pe'

/** A profile of a unified kernel image: one of several ways to start it (UAPI.5, "multi-profile UKIs"). */
export interface Profile {
  /** Its number; what stands before the first `.profile` is the base that all share. */
  readonly index: number
  readonly sections: readonly PeSection[]
}

/** The sections of an image, cut at each `.profile`. */
export function profilesOf(sections: readonly PeSection[]): {
  base: readonly PeSection[]
  profiles: readonly Profile[]
} {
  const starts = sections.flatMap(({ name }, i) => (name === '.profile' ? [i] : []))
  return {
    base: sections.slice(0, starts[0] ?? sections.length),
    profiles: starts.map((start, index) => ({ index, sections: sections.slice(start, starts[index + 1]) })),
  }
}

/**
 * What the stub works with when a profile is chosen (0 unless told): the profile's own sections, and of the base those that
 * the profile does not have. Where a name stands twice, the first counts, but for device trees and their like.
 */
export function effectiveSections(sections: readonly PeSection[], profile = 0): PeSection[] {
  const { base, profiles } = profilesOf(sections)
  const own = firstOfEach(profiles[profile]?.sections ?? [])
  const names = new Set(own.map(({ name }) => name))
  return [...own, ...firstOfEach(base).filter(({ name }) => !names.has(name))]
}

/** Several may stand side by side; the stub takes the one for this hardware. */
const MANY = new Set(['.dtbauto', '.efifw'])

function firstOfEach(sections: readonly PeSection[]): PeSection[] {
  const seen = new Set<string>()
  return sections.filter(({ name }) => {
    const fresh = !seen.has(name)
    seen.add(name)
    return fresh || MANY.has(name)
  })
}
