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
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true, tokens: true })
    refuseSecond(command, parsed.tokens, options)
    refuseTwoFormats(command, parsed.values)
    return parsed
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined || !code.startsWith('ERR_PARSE_ARGS')) throw error
    const unknown = /'(--?[^']+)'/.exec(message)?.[1]
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && unknown !== undefined) {
      const known = Object.keys(options).map((name) => `--${name}`)
      throw new UserError(
        `${command} has no option ${unknown}`,
        known.length === 0
          ? `${command} has none`
          : `did you mean ${nearest(unknown, known)}? ${command} --help lists them`,
      )
    }
    throw new UserError(`${command}: ${message.split(/\.\s/)[0]}`, `${command} --help shows how it is used`)
  }
}

/** As `parseOptions`, for a command to which everything is told by options. */
export function parseOnlyOptions<const T extends Options>(command: string, args: readonly string[], options: T) {
  const { values, positionals } = parseOptions(command, args, options)
  if (positionals[0] === undefined) return values
  throw new UserError(
    `${command}: what is ${positionals[0]}?`,
    `everything has its option: ${command} --help lists them`,
  )
}

/** Of two values for an option that has one, either could be the one that was meant. */
function refuseSecond(command: string, tokens: readonly { readonly kind: string }[], options: Options): void {
  const seen = new Set<string>()
  for (const token of tokens as readonly { readonly kind: string; readonly name?: string }[]) {
    const option = token.kind === 'option' ? options[token.name!] : undefined
    if (option === undefined || option.type !== 'string' || option.multiple === true) continue
    if (seen.has(token.name!)) throw new UserError(`${command}: --${token.name} is there twice`, 'give it once')
    seen.add(token.name!)
  }
}

/** `--json` is short for `--format json`: beside another format nobody can say which is wanted. */
function refuseTwoFormats(command: string, values: Readonly<Record<string, unknown>>): void {
  if (values.json !== true || typeof values.format !== 'string' || values.format === 'json') return
  throw new UserError(`${command}: --json and --format ${values.format} contradict each other`, 'give one of them')
}
