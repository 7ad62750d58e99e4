import { identify } from '../identify/identity.ts'
import { decide } from './decide.ts'
import type { Advisory, Component, Decision } from './model.ts'
import { type PlainVersion, settlingVersion } from './settled.ts'

/** Where a matcher looks advisories up: by the keys of `candidateNames`. An index, a database, or `inMemory`. */
export interface AdvisorySource {
  advisoriesByName(names: readonly string[]): Iterable<Advisory>
  /**
   * For many who ask at once, each with names of its own: each advisory once, with the positions of who it is for. Who
   * gives a version as well can do without the advisories that are settled for it (settled.ts).
   */
  advisoriesForAll(
    askers: readonly (readonly string[])[],
    versions?: readonly (PlainVersion | undefined)[],
  ): Iterable<{
    readonly advisory: Advisory
    readonly askers: readonly number[]
  }>
}

export interface Match<C extends Component = Component> {
  readonly component: C
  readonly advisory: Advisory
  readonly decision: Decision
}

/** The one matcher of the house: scanner, tracker and `explain` all ask it. */
export class Matcher {
  readonly #source: AdvisorySource

  constructor(source: AdvisorySource) {
    this.#source = source
  }

  /** All advisories that share a name with the component, decided; sorted by advisory id. */
  match<C extends Component>(component: C): Match<C>[] {
    const identity = identify(component)
    const matches: Match<C>[] = []
    for (const advisory of this.#source.advisoriesByName([...identity.names.keys()])) {
      matches.push({ component, advisory, decision: decide(component, advisory, identity) })
    }
    return matches.sort((a, b) => compareIds(a.advisory.id, b.advisory.id))
  }

  /**
   * As `match`, for many: an advisory that several share (three kernels, say) is read and understood once. One after the
   * other in the order of the advisories, so that nothing piles up in memory; `position` is the component's. With
   * `lessSettled` those that are settled may be missing: no affected one, and none that is undetermined.
   */
  *matchAll<C extends Component>(
    components: readonly C[],
    { lessSettled = false }: { readonly lessSettled?: boolean } = {},
  ): Generator<Match<C> & { readonly position: number }> {
    const identities = components.map((component) => identify(component))
    const names = identities.map((identity) => [...identity.names.keys()])
    const versions = lessSettled ? components.map((each, i) => settlingVersion(each, identities[i]!)) : []
    for (const { advisory, askers } of this.#source.advisoriesForAll(names, versions)) {
      for (const position of askers) {
        const component = components[position]!
        yield { position, component, advisory, decision: decide(component, advisory, identities[position]!) }
      }
    }
  }
}

/** CVE ids by year and number, others by text. */
export function compareIds(a: string, b: string): number {
  return a.length === b.length || !a.startsWith('CVE-') || !b.startsWith('CVE-') || a.slice(0, 8) !== b.slice(0, 8)
    ? a < b
      ? -1
      : a > b
        ? 1
        : 0
    : a.length - b.length
}
