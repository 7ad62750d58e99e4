import {
  type Component,
  type Match,
  type MatchData,
  Matcher,
  openIndex,
  parseSharedDecisions,
  type Ruling,
} from '@firn/scan'
import { indexPath } from './cache.ts'

/** The advisories of this machine, ready to be asked. */
export interface LocalIndex {
  readonly data: MatchData
  /** Whatever they say of one component. */
  readonly match: (component: Component) => readonly Pick<Match, 'advisory' | 'decision'>[]
  /** What maintainers decided, as it came with the index. */
  readonly decisions: readonly Ruling[]
  readonly close: () => void
}

/** Open the index that `firn scan --update` made. Exit 3 when there is none or it cannot be read. */
export async function openLocalIndex(env: Readonly<Record<string, string | undefined>>): Promise<LocalIndex> {
  const { index, close } = openIndex(indexPath(env))
  const matcher = new Matcher(index)
  const decided = index.decisions()
  const { records, updated, newest } = index.header
  return {
    data: { records, updated, ...(newest === undefined ? {} : { newest }) },
    match: (component) => matcher.match(component),
    decisions: decided === undefined ? [] : parseSharedDecisions(decided, 'advisory index'),
    close,
  }
}
