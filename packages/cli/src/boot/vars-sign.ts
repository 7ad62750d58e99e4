import {
  ATTRIBUTE,
  mergeLists,
  printAuth,
  printSignatureLists,
  SECURE_ATTRIBUTES,
  signUpdate,
  vendorOf,
} from '@firn/boot/efivars'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { chooseSigner, SIGNER_HELP, SIGNER_OPTIONS, signOptions } from './signing.ts'
import { timeOf } from './vars-enroll.ts'
import { parseOwner, readTrusted } from './vars-files.ts'

const HELP = `firn boot vars sign: a new value for PK, KEK, db or dbx, signed so that firmware takes it (an .auth file)

  firn boot vars sign --var NAME --key K --cert C IN... -o OUT.auth

  --var NAME     PK and KEK are signed with PK's key, db and dbx with that of a KEK
  IN             certificates (PEM or DER), EFI signature lists, EFI programs (their hash), sha256:HEX, what another .auth
                 file brings, or a variable out of a backup (db-d719b2cb-...): all that it holds
  --append       to be added to what is there, instead of replacing it
  --empty        an empty value: it removes the variable (PK removed is setup mode)
  --time T       firmware takes only what is later than the value that it has (default: now, or SOURCE_DATE_EPOCH)
  --owner GUID   who put it there

${SIGNER_HELP}`

const OPTIONS = {
  ...SIGNER_OPTIONS,
  var: { type: 'string' },
  append: { type: 'boolean' },
  empty: { type: 'boolean' },
  time: { type: 'string' },
  owner: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const

export const command: Command = { help: HELP, run: sign }

async function sign(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot vars sign', args, OPTIONS)
  const name = secureVariable(values.var)
  if (values.output === undefined) throw new UserError('firn boot vars sign: where to?', 'add -o OUT.auth')
  if ((positionals.length === 0) !== (values.empty === true)) {
    throw new UserError('firn boot vars sign: what is the new value?', 'give files, or --empty to remove the variable')
  }
  const { certificates } = signOptions(values)
  const signer = chooseSigner(values, certificates[0], io)
  const owner = parseOwner(values.owner)
  const lists = positionals.reduce<ReturnType<typeof mergeLists>>(
    (all, word) => mergeLists(all, readTrusted(word, owner)),
    [],
  )
  const attributes = SECURE_ATTRIBUTES | (values.append === true ? ATTRIBUTE.append : 0)
  const target = { name, vendor: vendorOf(name), attributes }
  const update = await signUpdate(target, printSignatureLists(lists), timeOf(values.time, io), signer, certificates)
  writeFileAtomic(values.output, printAuth(update))
  return EXIT.clean
}

const SECURE = ['PK', 'KEK', 'db', 'dbx'] as const

export function secureVariable(word: string | undefined): (typeof SECURE)[number] {
  const name = SECURE.find((known) => known === word)
  if (word === undefined) throw new UserError('which variable?', `add --var, one of ${SECURE.join(', ')}`)
  if (name === undefined)
    throw new UserError(`--var ${word}: not one that is signed`, `choose one of ${SECURE.join(', ')}`)
  return name
}
