import { basename } from 'node:path'
import { type KeyUpdate, parseAuth, SECURE_ORDER } from '@firn/boot/efivars'
import { type ExitCode, naming, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { readSmall } from './files.ts'
import { applyUpdates, CONSENT_HELP, CONSENT_OPTIONS } from './vars-apply.ts'
import { efivarsIn } from './vars-files.ts'

const HELP = `firn boot vars write: give this machine new keys

  firn boot vars write PK.auth KEK.auth db.auth --backup DIR [--yes]

  FILE.auth      signed by firn boot vars sign; the file's name says which variable: PK, KEK, db or dbx
  --append       they were signed to be appended
${CONSENT_HELP}

Shows what changes, entry by entry. In setup mode the order is db, dbx, KEK, PK: the last one switches Secure Boot on.
Exit codes: 0 written, 1 only shown, 2 refused here, 4 refused by the firmware.
`

const OPTIONS = { ...CONSENT_OPTIONS, append: { type: 'boolean' } } as const

export const command: Command = { help: HELP, run: write }

async function write(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot vars write', args, OPTIONS)
  if (positionals.length === 0)
    throw new UserError('firn boot vars write takes .auth files', 'firn boot vars write db.auth')
  const updates = positionals.map((file) => updateOf(file, values.append === true))
  return applyUpdates(efivarsIn(values.efivars), updates, values, io)
}

/** The file's name says the variable. Errors: it says none; this is no .auth file. */
function updateOf(file: string, append: boolean): KeyUpdate {
  const name = SECURE_ORDER.find((known) => known === basename(file).split('.')[0])
  if (name === undefined) {
    throw new UserError(
      `${file}: its name does not say which variable`,
      'call it PK.auth, KEK.auth, db.auth or dbx.auth',
    )
  }
  const payload = readSmall(file)
  naming(file, () => parseAuth(payload))
  return { name, append, payload }
}
