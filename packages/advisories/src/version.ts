import { digestOfSources } from '@firn/core/fs'

/** Changes when the readers of records or the order of versions do: who keeps what came of them makes it anew. */
export function advisoriesVersion(): string {
  known ??= digestOfSources([import.meta.dirname])
  return known
}

let known: string | undefined
