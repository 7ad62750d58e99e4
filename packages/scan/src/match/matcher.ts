import { identify } from '../identify/identity.ts'
import { decide } from './decide.ts'
import type { Advisory, Component, Decision } from './model.ts'

/** Where a matcher looks advisories up: by the keys of `candidateNames`. An index, a database, or `inMemory`. */
export interface AdvisorySource {
  advisoriesByName(names: readonly string[]): Iterable<Advisory>
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

  /** As `match`, for many, one after the other: nothing piles up in memory. */
  *matchAll<C extends Component>(components: Iterable<C>): Generator<Match<C>> {
    for (const component of components) yield* this.match(component)
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
