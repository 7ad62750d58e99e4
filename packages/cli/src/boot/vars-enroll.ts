import {
  diffVariables,
  type Enrollment,
  enroll,
  type KeyVariable,
  printVariableStore,
  variable,
} from '@firn/boot/efivars'
import { EXIT, type ExitCode, type Guid, UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import type { Command, Io } from '../command.ts'
import { parseOnlyOptions } from '../options.ts'
import { parseTime } from './signing.ts'
import { parseOwner, readStoreFile, readTrusted } from './vars-files.ts'
import { changesInWords } from './vars-words.ts'

const HELP = `firn boot vars enroll: put keys into the variable file of a virtual machine (OVMF_VARS.fd and its like)

  firn boot vars enroll --vars IN.fd --pk C --kek C --db C [--mok C] -o OUT.fd

  --pk C --kek C --db C --dbx C --mok C --mokx C
                     what the variable holds from now on: a certificate (PEM or DER), EFI signature lists, those that
                     an .auth file brings, an EFI program (its hash), or sha256:HEX; may be repeated
  --add-kek C --add-db C --add-dbx C --add-mok C --add-mokx C
                     the same, beside what is there
  --owner GUID       who put it there
  --time T           the time of the value (default: now, or SOURCE_DATE_EPOCH); later updates must be later
  -o, --output OUT   the new file; --vars may be the same

With --pk, Secure Boot is switched on. MokList is shim's, and needs no other key. The change is shown entry by entry.
To change a machine that is running, see firn boot vars sign and write.
`

const WORDS: Readonly<Record<string, KeyVariable>> = {
  pk: 'PK',
  kek: 'KEK',
  db: 'db',
  dbx: 'dbx',
  mok: 'MokList',
  mokx: 'MokListX',
}
const LIST = { type: 'string', multiple: true } as const
const OPTIONS = {
  vars: { type: 'string' },
  pk: LIST,
  kek: LIST,
  db: LIST,
  dbx: LIST,
  mok: LIST,
  mokx: LIST,
  'add-kek': LIST,
  'add-db': LIST,
  'add-dbx': LIST,
  'add-mok': LIST,
  'add-mokx': LIST,
  owner: { type: 'string' },
  time: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const

export const command: Command = { help: HELP, run: enrollKeys }

async function enrollKeys(args: readonly string[], io: Io): Promise<ExitCode> {
  const values = parseOnlyOptions('firn boot vars enroll', args, OPTIONS)
  if (values.vars === undefined)
    throw new UserError('firn boot vars enroll: into which file?', 'add --vars OVMF_VARS.fd')
  if (values.output === undefined) throw new UserError('firn boot vars enroll: where to?', 'add -o OUT.fd')
  const enrollments = enrollmentsOf(values, parseOwner(values.owner))
  if (enrollments.length === 0)
    throw new UserError('firn boot vars enroll: no keys were given', 'add --pk, --kek, --db')
  const store = readStoreFile(values.vars)
  const after = enroll(store.variables, enrollments, timeOf(values.time, io))
  writeFileAtomic(values.output, printVariableStore(store, after))
  io.stdout(changesInWords(diffVariables(store.variables, after)))
  if (variable(after, 'PK') === undefined) {
    io.stderr('there is no platform key: the machine is in setup mode and boots anything; add --pk\n')
  }
  return EXIT.clean
}

function enrollmentsOf(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
  owner: Guid,
): Enrollment[] {
  return Object.entries(WORDS).flatMap(([word, name]) =>
    [word, `add-${word}`].flatMap((option) => {
      const given = values[option] as readonly string[] | undefined
      if (given === undefined) return []
      return [{ name, lists: given.flatMap((file) => readTrusted(file, owner)), keep: option !== word }]
    }),
  )
}

/** The time that a reproducible build tells, or now. */
export function timeOf(word: string | undefined, io: Io): Date {
  if (word !== undefined) return parseTime(word)
  const epoch = io.env.SOURCE_DATE_EPOCH
  return epoch !== undefined && /^\d{1,11}$/.test(epoch) ? new Date(Number(epoch) * 1000) : parseTime('now')
}
