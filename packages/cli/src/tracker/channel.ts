import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Io } from '../command.ts'
import { count } from '../count.ts'
import { parseOptions } from '../options.ts'
import { withTracker } from './reach.ts'

/** `firn tracker channel drop NAME`: forget a channel that is no longer followed. */
export async function channel(args: readonly string[], io: Io): Promise<ExitCode> {
  const { positionals } = parseOptions('firn tracker channel', args, {})
  const [action, name, ...more] = positionals
  if (action !== 'drop' || name === undefined || more.length > 0) {
    throw new UserError('firn tracker channel: what of which?', 'firn tracker channel drop NAME')
  }
  return withTracker(io, async (control) => {
    const packages = await control.dropChannel(name)
    io.stdout(`${name}: dropped, with ${count(packages)} packages\n`)
    return EXIT.clean
  })
}
