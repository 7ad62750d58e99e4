import { EFIVARFS } from '@firn/boot/efivars'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { parseOnlyOptions } from '../options.ts'
import { writeBackup } from './vars-apply.ts'
import { efivarsIn } from './vars-files.ts'

const HELP = `firn boot vars backup: keep all variables of this machine in a folder

  firn boot vars backup -o DIR

  -o, --output DIR   a new folder, mode 0700; a file for each variable, as efivarfs shows it
  --efivars DIR      another place than ${EFIVARFS}
`

export const command: Command = { help: HELP, run: backup }

async function backup(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { output: { type: 'string', short: 'o' }, efivars: { type: 'string' } } as const
  const values = parseOnlyOptions('firn boot vars backup', args, options)
  if (values.output === undefined) throw new UserError('firn boot vars backup: where to?', 'add -o DIR')
  const count = writeBackup(values.output, efivarsIn(values.efivars))
  io.stderr(`${values.output}: ${count} variables\n`)
  return EXIT.clean
}
