import { UserError } from '@firn/core'
import { FORMATS, type Format, type TableOptions } from '@firn/report'
import type { Io } from '../command.ts'

/** Words that several actions of `firn store` take. */

export function formatOf(words: { readonly json?: boolean | undefined; readonly format?: string | undefined }): Format {
  return oneOf('--format', words.json === true ? 'json' : (words.format ?? 'table'), FORMATS)
}

export function wholeNumber(option: string, word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  if (/^\d{1,3}$/.test(word)) return Number(word)
  throw new UserError(`${option} ${word}: no whole number`, `write ${option} 2`)
}

export function tableOptions(io: Io): TableOptions {
  return {
    color: process.stdout.isTTY === true && io.env.NO_COLOR === undefined,
    width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
  }
}

export function oneOf<const T extends string>(option: string, word: string, known: readonly T[]): T {
  const found = known.find((entry) => entry === word)
  if (found !== undefined) return found
  throw new UserError(`${option} ${word}: not known`, `choose one of ${known.join(', ')}`)
}
