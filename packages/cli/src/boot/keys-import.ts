import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keyId, pemSigner, publicKeyOf } from '@firn/attest'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { readCertificateFile, readSmall } from './files.ts'
import { type KeyPair, ROLES, type Role, writeKeyFolder } from './keys-folder.ts'

const HELP = `firn boot keys import: take over the keys of sbctl or lanzaboote

  firn boot keys import FOLDER -o DIR

  FOLDER             /var/lib/sbctl, /etc/secureboot, /usr/share/secureboot, or a folder like them
  -o, --output DIR   made when it is missing, mode 0700; keys that are there are never written over

Each key must belong to its certificate. The machine needs nothing new: what its firmware trusts stays the same. The old
folder is left as it is; remove it when the machine has booted with what firn signed.
`

const OPTIONS = { output: { type: 'string', short: 'o' } } as const

export const command: Command = { help: HELP, run: importKeys }

async function importKeys(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot keys import', args, OPTIONS)
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) {
    throw new UserError('firn boot keys import takes one folder', 'firn boot keys import /var/lib/sbctl -o keys')
  }
  if (values.output === undefined) throw new UserError('firn boot keys import: where to?', 'add -o DIR')
  const pairs = ROLES.flatMap((role) => findPair(folder, role) ?? [])
  if (pairs.length === 0) {
    throw new UserError(`${folder}: no keys are there`, 'sbctl has them in keys/db/db.key and keys/db/db.pem')
  }
  for (const line of writeKeyFolder(values.output, pairs)) io.stdout(`${plain(line)}\n`)
  const missing = ROLES.filter((role) => !pairs.some((pair) => pair.role === role))
  for (const role of missing) io.stderr(`${role}: not there; without it nothing that needs it can be signed\n`)
  const owner = readOwner(folder)
  if (owner !== undefined) io.stdout(`owner GUID ${owner} (for vars enroll and vars sign: --owner)\n`)
  return EXIT.clean
}

/** `keys/db/db.key` (sbctl), `db/db.key` (its folder keys given by itself), `db.key`. */
function findPair(folder: string, role: Role): KeyPair | undefined {
  const base = ['keys', '.'].flatMap((place) => [join(folder, place, role, role), join(folder, place, role)])
  const found = base.find((path) => existsSync(`${path}.key`))
  if (found === undefined) return undefined
  const [key, pem] = [`${found}.key`, `${found}.pem`]
  const privatePem = Buffer.from(readSmall(key)).toString('utf8')
  if (privatePem.includes('BEGIN TSS2 PRIVATE KEY')) {
    throw new UserError(
      `${key}: this key is bound to the machine's TPM`,
      'it cannot be taken out; sign with it through --sign-command, or make a new one: firn boot keys create --only db',
    )
  }
  const signer = naming(key, () => pemSigner(privatePem))
  const certificate = readCertificateFile(pem)[0]!
  if (keyId(publicKeyOf(certificate)) !== signer.keyId) {
    throw new UserError(`${key} does not belong to ${pem}`, 'find the certificate that was made with it')
  }
  return { role, privatePem, certificate }
}

/** Who put the certificates there, as the firmware's lists name them. */
function readOwner(folder: string): string | undefined {
  const path = join(folder, 'GUID')
  if (!existsSync(path)) return undefined
  const text = Buffer.from(readSmall(path)).toString('utf8').trim().toLowerCase()
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined
}
