import { parsePkcs11Uri, parsePublicKey, pemSigner, pinOf, pkcs11Signer, type Signer } from '@firn/attest'
import { parsePe } from '@firn/binary/pe'
import { effectiveSections, requireStubVersion } from '@firn/boot'
import { defaultPhases, predictPcr11, signPcrPolicies } from '@firn/boot/measured'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { inputAndOutput, readSmall, withFile } from './files.ts'
import { parseBank } from './measure.ts'

const HELP = `firn boot pcr sign: policies over PCR 11, signed: what is sealed to the key opens for this kernel (a .pcrsig)

  firn boot pcr sign UKI --key K -o OUT

  --key K            an RSA key: a PEM file, or a token (pkcs11:...), with --public-key
  --public-key P     the public half, PEM, of a key in a token
  --phase P          a path of phases, such as enter-initrd:leave-initrd; may be repeated (default: the four of systemd)
  --bank B           sha256 (default), sha1, sha384, sha512; may be repeated
  --stub-version V   the systemd version of the stub, when the image does not tell

The same as systemd-measure sign, and no TPM. Signatures are over SHA-256 in every bank, which is what systemd has
the TPM check. Put it into the image with firn boot uki build --pcrsig OUT.
`

const OPTIONS = {
  key: { type: 'string' },
  'public-key': { type: 'string' },
  bank: { type: 'string', multiple: true },
  phase: { type: 'string', multiple: true },
  'stub-version': { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const

export const command: Command = { help: HELP, run: sign }

async function sign(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot pcr sign', args, OPTIONS)
  const { input, output } = inputAndOutput('firn boot pcr sign', positionals, values.output)
  const signer = keySigner(values.key, values['public-key'], io)
  const version = values['stub-version']
  if (version !== undefined && !/^\d{1,4}$/.test(version)) {
    throw new UserError(`--stub-version ${version}: not a number`, 'give a whole number')
  }
  const banks = [...new Set(values.bank ?? ['sha256'])].map(parseBank)
  const predicted = await withFile(input, (source) => {
    const pe = parsePe(source)
    const stub = requireStubVersion(source, pe, version === undefined ? undefined : Number(version))
    const sections = effectiveSections(pe.sections)
    const phases = values.phase ?? defaultPhases()
    return banks.map((bank) => ({ bank, values: predictPcr11(source, sections, stub, bank, phases).values }))
  })
  writeFileAtomic(output, await signPcrPolicies(predicted, signer))
  return EXIT.clean
}

/** A key alone, without a certificate. */
export function keySigner(key: string | undefined, publicKey: string | undefined, io: Io): Signer {
  if (key === undefined) throw new UserError('which key signs?', 'add --key FILE')
  const text = (path: string) => Buffer.from(readSmall(path)).toString('utf8')
  if (!key.startsWith('pkcs11:')) return naming(key, () => pemSigner(text(key)))
  if (publicKey === undefined) throw new UserError('a key in a token needs its public half', 'add --public-key FILE')
  return pkcs11Signer(parsePkcs11Uri(key), naming(publicKey, () => parsePublicKey(text(publicKey))).key, pinOf(io.env))
}
