import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  dangersOf,
  diffVariables,
  type EfiVariable,
  type Efivars,
  type KeyUpdate,
  planUpdates,
  put,
  readEfivars,
  variable,
  variableFile,
  writeSecureVariable,
  writeVariable,
} from '@firn/boot/efivars'
import { type EventLog, parseEventLog } from '@firn/boot/measured'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { makeFolder, writeFileAtomic } from '@firn/core/fs'
import { plain } from '@firn/report/plain'
import type { Io } from '../command.ts'
import { readSys, THIS_LOG } from './pcr-log.ts'
import { startChange } from './vars-start.ts'
import { changesInWords } from './vars-words.ts'

/** The options of what changes a machine. */
export const CONSENT_OPTIONS = {
  backup: { type: 'string' },
  yes: { type: 'boolean' },
  'even-if-it-may-not-start': { type: 'boolean' },
  efivars: { type: 'string' },
  esp: { type: 'string' },
} as const

export const CONSENT_HELP = `  --backup DIR   where all variables are kept first; a new folder
  --yes          do it: without, it is only shown what would change
  --even-if-it-may-not-start
                 do it although a danger is named (cards without their drivers, nothing that would boot)
  --esp DIR      the partition it boots from (default: /efi, /boot/efi or /boot): whether it still will is looked at
  --efivars DIR  another place than /sys/firmware/efi/efivars`

export interface Consent {
  readonly backup?: string | undefined
  readonly yes?: boolean | undefined
  readonly 'even-if-it-may-not-start'?: boolean | undefined
  readonly efivars?: string | undefined
  readonly esp?: string | undefined
}

/**
 * Change keys, and then the `menu`, variables that nobody signs. Show what changes; refuse what the firmware would refuse
 * and, unless told otherwise, what may leave a machine that does not start; then keep a backup, write, and look whether it
 * is there.
 */
export function applyUpdates(
  port: Efivars,
  updates: readonly KeyUpdate[],
  consent: Consent,
  io: Io,
  menu: readonly EfiVariable[] = [],
): ExitCode {
  const before = readEfivars(port)
  const plan = planUpdates(before, updates)
  const after = menu.reduce<readonly EfiVariable[]>(put, plan.after)
  io.stdout(changesInWords(diffVariables(before, after)))
  const [refused] = plan.refused
  if (refused !== undefined) {
    throw new UserError(`the firmware would refuse the new ${refused.name}: ${refused.reason}`, 'nothing was written')
  }
  // Variables of another place say nothing about the partition of this machine.
  const isThis = consent.efivars === undefined || consent.esp !== undefined
  const start = isThis ? startChange(before, after, consent.esp) : { dangers: [], notes: [] }
  const dangers = [...(updates.length === 0 ? [] : dangersOf(before, plan.after, readOwnLog())), ...start.dangers]
  for (const note of start.notes) io.stderr(`note: ${plain(note)}\n`)
  for (const danger of dangers) io.stderr(`danger: ${plain(danger)}\n`)
  if (dangers.length > 0 && consent['even-if-it-may-not-start'] !== true) {
    throw new UserError(
      'this machine may not start any more: nothing was written',
      'mend what is named (the hash of a driver: firn boot pcr log, register 2), or say --even-if-it-may-not-start',
    )
  }
  if (consent.yes !== true) {
    io.stderr('nothing was written: add --yes to do it\n')
    return EXIT.findings
  }
  if (consent.backup === undefined) throw new UserError('nothing is changed without a backup', 'add --backup DIR')
  writeBackup(consent.backup, port)
  for (const { name, payload, append } of plan.updates) {
    writeSecureVariable(port, name, payload, append)
    io.stderr(`${name}: written\n`)
  }
  for (const entry of menu) {
    writeVariable(port, entry)
    io.stderr(`${entry.name}: written\n`)
  }
  checkWritten(after, readEfivars(port), [...plan.updates, ...menu])
  return EXIT.clean
}

/** Keep every variable in a new folder, as efivarfs shows it. */
export function writeBackup(folder: string, port: Efivars): number {
  if (existsSync(folder))
    throw new UserError(`${folder} is there already`, 'choose a new folder: backups are not written over')
  const variables = readEfivars(port)
  if (variables.length === 0)
    throw new UserError('there are no variables to keep', 'was this machine booted by EFI firmware?')
  makeFolder(folder, 0o700)
  for (const entry of variables) {
    const { file, bytes } = variableFile(entry)
    writeFileAtomic(join(folder, file), bytes)
  }
  return variables.length
}

function checkWritten(
  wanted: readonly EfiVariable[],
  found: readonly EfiVariable[],
  written: readonly { readonly name: string }[],
): void {
  for (const { name } of written) {
    const [want, have] = [wanted, found].map((list) => Buffer.from(variable(list, name)?.data ?? []))
    if (!want!.equals(have!)) {
      throw new UserError(
        `${name} was written, but holds something else than expected`,
        'firn boot vars show tells what; the backup has what was there',
        EXIT.store,
      )
    }
  }
}

function readOwnLog(): EventLog | undefined {
  if (!existsSync(THIS_LOG)) return undefined
  try {
    return parseEventLog(readSys(THIS_LOG))
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
