import { diffVariables } from '@firn/boot/efivars'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { readVariables } from './vars-files.ts'
import { changesInWords } from './vars-words.ts'

const HELP = `firn boot vars diff: what changes from one set of variables to another, entry by entry

  firn boot vars diff BEFORE AFTER [--json]

Each is an OVMF variable file, a folder that vars backup wrote, or /sys/firmware/efi/efivars. Exit codes: 0 no difference, 1 a difference.
`

export const command: Command = { help: HELP, run: diff }

async function diff(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot vars diff', args, { json: { type: 'boolean' } })
  const [before, after, ...more] = positionals
  if (before === undefined || after === undefined || more.length > 0) {
    throw new UserError('firn boot vars diff takes two files', 'firn boot vars diff old.fd new.fd')
  }
  const changes = diffVariables(readVariables(before), readVariables(after))
  io.stdout(
    values.json === true
      ? jsonOf('firn/boot-vars-diff/1', `${before} and ${after}`, { changes })
      : changesInWords(changes),
  )
  return changes.length === 0 ? EXIT.clean : EXIT.findings
}
