import { UserError } from '@firn/core'
import { type Finding, FORMATS, type Format, type TableOptions } from '@firn/report'
import type { Io } from '../command.ts'
import { version } from '../version.ts'

/** Words that several actions of `firn store` take. */

export function formatOf(words: { readonly json?: boolean | undefined; readonly format?: string | undefined }): Format {
  return oneOf('--format', words.json === true ? 'json' : (words.format ?? 'table'), FORMATS)
}

/** JSON of what is no report of findings alone. */
export function jsonOf(schema: string, body: object, findings: readonly Finding[] = []): string {
  return `${JSON.stringify({ schema, tool: { name: 'firn', version: version() }, ...body, findings }, null, 2)}\n`
}

/** How many: from 1 on, and few. */
export function countOf(option: string, word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  if (/^[1-9]\d{0,2}$/.test(word)) return Number(word)
  throw new UserError(`${option} ${word}: no number from 1 to 999`, `write ${option} 2`)
}

/** The number of a seal; 0 is before the first. */
export function generationOf(option: string, word: string): number {
  if (/^\d{1,15}$/.test(word)) return Number(word)
  throw new UserError(`${option} ${word}: no generation`, `write ${option} 2; firn store seal inspect shows a seal's`)
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
