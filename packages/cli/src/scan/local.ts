import { naming } from '@firn/core'
import {
  type Component,
  type Match,
  type MatchData,
  Matcher,
  openIndex,
  parseSharedDecisions,
  type Ruling,
} from '@firn/scan/closure'
import { indexPath } from './cache.ts'

/** The advisories of this machine, ready to be asked. */
export interface LocalIndex {
  readonly data: MatchData
  /** Whatever they say of the components; `position` is the component's. Not `all`: without what no scan tells unasked. */
  readonly matchAll: (components: readonly Component[], all: boolean) => Iterable<Match & { readonly position: number }>
  /** What maintainers decided, as it came with the index. */
  readonly decisions: readonly Ruling[]
  readonly close: () => void
}

/** Open the index that `firn scan --update` made. Exit 3 when there is none or it cannot be read. */
export async function openLocalIndex(env: Readonly<Record<string, string | undefined>>): Promise<LocalIndex> {
  const path = indexPath(env)
  const { index, close } = openIndex(path)
  const matcher = new Matcher(index)
  const decided = index.decisions()
  const { records, updated, newest } = index.header
  return {
    data: { records, updated, ...(newest === undefined ? {} : { newest }) },
    matchAll: (components, all) => namingEach(path, matcher.matchAll(components, { lessSettled: !all })),
    decisions: decided === undefined ? [] : parseSharedDecisions(decided, 'advisory index'),
    close,
  }
}

/** As `naming`, for what is read bit by bit: an index may be damaged in a part that is only now asked for. */
function* namingEach<T>(subject: string, items: Iterable<T>): Generator<T> {
  try {
    yield* items
  } catch (error) {
    naming(subject, () => {
      throw error
    })
  }
}
