import { UserError } from '@firn/core'

/** One of the words that an option takes. */
export function choice<const T extends string>(option: string, word: string, words: readonly T[]): T {
  const found = words.find((known) => known === word)
  if (found !== undefined) return found
  throw new UserError(`${option} ${word}: not known`, `choose one of ${words.join(', ')}`)
}
