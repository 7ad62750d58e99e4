import { type Component, type Match, type MatchData, Matcher, openIndex } from '@firn/scan'
import { indexPath } from './cache.ts'
import { isShown } from './matched.ts'

/** The advisories of this machine, ready to be asked. */
export interface LocalIndex {
  readonly data: MatchData
  /** What they say of one component: what is shown unasked, or everything. */
  readonly match: (component: Component, all: boolean) => readonly Pick<Match, 'advisory' | 'decision'>[]
  /** What maintainers decided, as it came with the index. */
  readonly decisions: string | undefined
  readonly close: () => void
}

/** Open the index that `firn scan --update` made. Exit 3 when there is none or it cannot be read. */
export async function openLocalIndex(env: Readonly<Record<string, string | undefined>>): Promise<LocalIndex> {
  const { index, close } = openIndex(indexPath(env))
  const matcher = new Matcher(index)
  const { records, updated, newest } = index.header
  return {
    data: { records, updated, ...(newest === undefined ? {} : { newest }) },
    match: (component, all) => matcher.match(component).filter(({ decision }) => all || isShown(decision)),
    decisions: index.decisions(),
    close,
  }
}
