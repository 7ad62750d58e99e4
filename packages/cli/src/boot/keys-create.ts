import { createCertificate, generateKey, type KeyKind, OID, pemSigner } from '@firn/attest'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { parseOnlyOptions } from '../options.ts'
import { type KeyPair, ROLES, type Role, writeKeyFolder } from './keys-folder.ts'
import { parseTime } from './signing.ts'

const HELP = `firn boot keys create: new keys for Secure Boot, each with a certificate of its own

  firn boot keys create -o DIR [--name TEXT]

  -o, --output DIR   made when it is missing, mode 0700; keys that are there are never written over
  --name TEXT        goes into the certificates' names (default: firn)
  --only ROLE        PK, KEK or db alone, to replace one; may be repeated
  --kind KIND        rsa-2048 (default: what every firmware reads), rsa-3072, rsa-4096, ec-p256, ec-p384
  --years N          how long the certificates say they hold (default 10); firmware does not look
  --not-before T     from when on (default: now, or SOURCE_DATE_EPOCH)

For each role: ROLE.key (PEM, mode 0600), ROLE.pem and ROLE.cer (the certificate, PEM and DER). Keep PK.key and KEK.key
off the machine: they are needed only to change what it trusts. db.key signs, and belongs where images are built, or in a
token.
`

const MEANING: Readonly<Record<Role, string>> = { PK: 'platform key', KEK: 'key exchange key', db: 'signing key' }
const KINDS: readonly KeyKind[] = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384']
const OPTIONS = {
  output: { type: 'string', short: 'o' },
  name: { type: 'string' },
  only: { type: 'string', multiple: true },
  kind: { type: 'string' },
  years: { type: 'string' },
  'not-before': { type: 'string' },
} as const

export const command: Command = { help: HELP, run: create }

async function create(args: readonly string[], io: Io): Promise<ExitCode> {
  const values = parseOnlyOptions('firn boot keys create', args, OPTIONS)
  const folder = values.output
  if (folder === undefined) throw new UserError('firn boot keys create: where to?', 'add -o DIR')
  const roles = new Set((values.only ?? ROLES).map((word) => oneOf('--only', word, ROLES)))
  const name = values.name ?? 'firn'
  if (!/^[^\p{Cc}]{1,40}$/u.test(name))
    throw new UserError('--name: not such a name', 'give 1 to 40 characters in one line')
  const kind = oneOf('--kind', values.kind ?? 'rsa-2048', KINDS)
  const notBefore = startOf(values['not-before'], io)
  const notAfter = yearsLater(notBefore, values.years ?? '10')
  const pairs: KeyPair[] = []
  for (const role of roles) {
    const { privatePem } = generateKey(kind)
    const signer = pemSigner(privatePem)
    const certificate = await createCertificate(
      {
        commonName: `${name} ${MEANING[role]} (${role})`,
        publicKey: signer.publicKey,
        notBefore,
        notAfter,
        isCa: false,
        keyUsage: ['digitalSignature'],
        ...(role === 'db' && { extendedKeyUsage: [OID.codeSigning] }),
      },
      signer,
    )
    pairs.push({ role, privatePem, certificate })
  }
  for (const line of writeKeyFolder(folder, pairs)) io.stdout(`${line}\n`)
  return EXIT.clean
}

function startOf(word: string | undefined, io: Io): Date {
  if (word !== undefined) return parseTime(word)
  const epoch = io.env.SOURCE_DATE_EPOCH
  return epoch !== undefined && /^\d{1,11}$/.test(epoch) ? new Date(Number(epoch) * 1000) : parseTime('now')
}

function yearsLater(start: Date, word: string): Date {
  if (!/^[1-9]\d?$/.test(word)) throw new UserError(`--years ${word}: not from 1 to 99`, 'give whole years: 10')
  const end = new Date(start)
  end.setUTCFullYear(end.getUTCFullYear() + Number(word))
  return end
}

function oneOf<const T extends string>(option: string, word: string, known: readonly T[]): T {
  const found = known.find((entry) => entry === word)
  if (found !== undefined) return found
  throw new UserError(`${option} ${word}: not known`, `choose one of ${known.join(', ')}`)
}
