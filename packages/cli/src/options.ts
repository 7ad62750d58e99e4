import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UserError } from '@firn/core'
import { nearest } from './nearest.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/**
 * `node:util` parseArgs for one command; what it refuses becomes a UserError that names the nearest option.
 * `command` is as typed: `firn scan`.
 */
export function parseOptions<const T extends Options>(command: string, args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined || !code.startsWith('ERR_PARSE_ARGS')) throw error
    const unknown = /'(--?[^']+)'/.exec(message)?.[1]
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && unknown !== undefined) {
      const known = Object.keys(options).map((name) => `--${name}`)
      throw new UserError(
        `${command} has no option ${unknown}`,
        `did you mean ${nearest(unknown, known)}? ${command} --help lists them`,
      )
    }
    throw new UserError(`${command}: ${message.split('. ')[0]}`, `${command} --help shows how it is used`)
  }
}
