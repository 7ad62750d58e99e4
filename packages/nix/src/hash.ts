import { UserError } from '@firn/core'
import { base32Length, decodeBase32, encodeBase32 } from './base32.ts'

/** The algorithms Nix knows and the bytes of each one's digest. */
const HASH_SIZES = { md5: 16, sha1: 20, sha256: 32, sha512: 64, blake3: 32 } as const
export type HashAlgorithm = keyof typeof HASH_SIZES

export interface Hash {
  readonly algorithm: HashAlgorithm
  readonly bytes: Uint8Array
}

/** `sha256:HEX`, `sha256:NIX32`, `sha256:BASE64`, the SRI form `sha256-BASE64`, or the digest alone. */
export type HashFormat = 'base16' | 'base32' | 'base64' | 'sri'

/**
 * Read a hash in any form that Nix prints: `ALGORITHM:DIGEST` with the digest in base16, Nix base32 or base64 (told by
 * its length), SRI `ALGORITHM-BASE64`, or, with `algorithm` given, the digest alone. When both name an algorithm they
 * must agree.
 */
export function parseHash(text: string, algorithm?: HashAlgorithm): Hash {
  const mark = text.search(/[:-]/)
  const named = mark < 0 ? algorithm : parseHashAlgorithm(text.slice(0, mark))
  if (named === undefined) throw notAHash(text, 'it does not say its algorithm')
  if (algorithm !== undefined && named !== algorithm) throw notAHash(text, `it is ${named}, not ${algorithm}`)
  const digest = text.slice(mark + 1)
  const bytes = text[mark] === '-' ? decodeBase64(digest) : decodeByLength(digest, HASH_SIZES[named])
  if (bytes?.length !== HASH_SIZES[named]) throw notAHash(text, `this is no ${named} digest`)
  return { algorithm: named, bytes }
}

export function formatHash({ algorithm, bytes }: Hash, format: HashFormat): string {
  if (format === 'sri') return `${algorithm}-${Buffer.from(bytes).toString('base64')}`
  if (format === 'base32') return `${algorithm}:${encodeBase32(bytes)}`
  return `${algorithm}:${Buffer.from(bytes).toString(format === 'base16' ? 'hex' : 'base64')}`
}

export function parseHashAlgorithm(name: string): HashAlgorithm {
  if (Object.hasOwn(HASH_SIZES, name)) return name as HashAlgorithm
  throw new UserError(
    `hash algorithm ${JSON.stringify(name.slice(0, 40))}: not known`,
    `known are: ${Object.keys(HASH_SIZES).join(', ')}`,
  )
}

/** The bytes of strict, padded base64, or undefined: Buffer alone would pass over damage in silence. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function decodeByLength(digest: string, size: number): Uint8Array | undefined {
  if (digest.length === size * 2) return /^[0-9a-fA-F]*$/.test(digest) ? Buffer.from(digest, 'hex') : undefined
  if (digest.length === base32Length(size)) return decodeBase32(digest)
  return decodeBase64(digest)
}

function notAHash(text: string, why: string): UserError {
  return new UserError(`not a hash: ${JSON.stringify(text.slice(0, 160))}: ${why}`, 'check where the text came from')
}
