import {
  type Certificate,
  commandSigner,
  detachedSigner,
  parsePkcs11Uri,
  pemSigner,
  pinOf,
  pkcs11Signer,
  publicKeyOf,
  type Signer,
} from '@firn/attest'
import type { SignOptions } from '@firn/boot/authenticode'
import { naming, UserError } from '@firn/core'
import type { Io } from '../command.ts'
import { readCertificateFile, readSmall } from './files.ts'

/** The options of every action that signs. */
export const SIGNER_OPTIONS = {
  key: { type: 'string' },
  cert: { type: 'string' },
  chain: { type: 'string', multiple: true },
  'sign-command': { type: 'string' },
  signature: { type: 'string' },
  'signing-time': { type: 'string' },
} as const

export const SIGNER_HELP = `Who signs
  --cert C             the certificate, PEM or DER; more in the same file are sent along
  --chain C            a file with more certificates, that lead from it to the trusted one
  --key K              its private key: a PEM file, or a token: pkcs11:token=T;object=O?module-path=LIB&pin-source=FILE
                       (without pin-source: the PIN from FIRN_PKCS11_PIN)
  --sign-command 'P A' a program and its words, split at spaces, no shell: it gets the bytes to sign on its input
                       and answers the signature (RSA PKCS#1 v1.5 or ECDSA, SHA-256)
  --signing-time T     tell a time in the signature (2026-01-31T12:00:00Z, or "now"); without it the same
                       input and key give the same bytes (RSA)
`

export interface SignerWords {
  readonly key?: string | undefined
  readonly cert?: string | undefined
  readonly chain?: readonly string[] | undefined
  readonly 'sign-command'?: string | undefined
  readonly signature?: string | undefined
  readonly 'signing-time'?: string | undefined
}

/** The certificates and the time that a signature tells. */
export function signOptions(words: SignerWords): SignOptions {
  if (words.cert === undefined) throw new UserError('whose signature? a certificate is needed', 'add --cert FILE')
  const [first, ...others] = readCertificateFile(words.cert) as [Certificate, ...Certificate[]]
  const chain = (words.chain ?? []).flatMap(readCertificateFile)
  const signingTime = words['signing-time'] === undefined ? undefined : parseTime(words['signing-time'])
  return { certificates: [first, ...others, ...chain], ...(signingTime !== undefined && { signingTime }) }
}

/** The signer that the options name: exactly one. */
export function chooseSigner(words: SignerWords, certificate: Certificate, io: Io): Signer {
  const { key, signature } = words
  const command = words['sign-command']
  if ([key, signature, command].filter((word) => word !== undefined).length !== 1) {
    throw new UserError('one key is needed', 'give one of --key, --sign-command, --signature')
  }
  if (command !== undefined) {
    const [program, ...args] = command.split(' ').filter((word) => word !== '')
    if (program === undefined) throw new UserError('--sign-command is empty', 'name a program')
    return commandSigner([program, ...args], publicKeyOf(certificate))
  }
  if (signature !== undefined) return detachedSigner(publicKeyOf(certificate), readSmall(signature))
  if (key!.startsWith('pkcs11:')) return pkcs11Signer(parsePkcs11Uri(key!), publicKeyOf(certificate), pinOf(io.env))
  return naming(key!, () => pemSigner(Buffer.from(readSmall(key!)).toString('utf8')))
}

/** A time in UTC to the second, or `now`. */
export function parseTime(text: string): Date {
  const time = text === 'now' ? new Date() : new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  if (Number.isNaN(time.getTime()) || (text !== 'now' && !/^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text))) {
    throw new UserError(`not a time: ${text}`, 'write 2026-01-31T12:00:00Z, 2026-01-31 or now')
  }
  return new Date(Math.floor(time.getTime() / 1000) * 1000)
}
