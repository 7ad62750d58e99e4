import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { UserError } from '@firn/core'
import { decodeBase64, formatHash, parseHash } from './hash.ts'
import { type PathInfo, sortedPaths } from './path-info.ts'
import { parseStorePath } from './store-path.ts'

/** A public key that a person chose to trust, as `trusted-public-keys` in nix.conf has it: `NAME:BASE64`. */
export interface TrustedKey {
  /** Such as `cache.nixos.org-1`. A hint only: two keys may have one name. */
  readonly name: string
  readonly key: KeyObject
}

/** Read `NAME:BASE64`, 32 bytes of ed25519. */
export function parseTrustedKey(text: string): TrustedKey {
  const { name, bytes } = splitNamed(text)
  if (name === '' || bytes?.length !== 32) {
    throw new UserError(
      `not a Nix public key: ${JSON.stringify(text.slice(0, 120))}`,
      'it looks like cache.example.org-1:BASE64, with 44 characters after the colon',
    )
  }
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') }
  return { name, key: createPublicKey({ key: jwk, format: 'jwk' }) }
}

/**
 * What a signature covers (Nix manual, "Store path info fingerprint"): `1;PATH;sha256:NIX32;SIZE;REFERENCE,…`. The
 * deriver and the content address are not signed.
 */
export function fingerprint(info: Pick<PathInfo, 'path' | 'narHash' | 'narSize' | 'references'>): string {
  if (info.narSize === 0) {
    throw new UserError(`${info.path}: no size is recorded, so no signature can cover it`, 'verify the store')
  }
  // A comma or semicolon in a path would let one signature mean two things.
  const { storeDir } = parseStorePath(info.path)
  for (const reference of info.references) parseStorePath(reference, storeDir)
  const hash = formatHash(parseHash(info.narHash, 'sha256'), 'base32')
  return `1;${info.path};${hash};${info.narSize};${sortedPaths(info.references).join(',')}`
}

/**
 * The key among `keys` that made `signature` (`NAME:BASE64`) over `signed`, or undefined. A signature that cannot be
 * read is one that nobody trusted made.
 */
export function verifySignature(
  signed: string,
  signature: string,
  keys: readonly TrustedKey[],
): TrustedKey | undefined {
  const { name, bytes } = splitNamed(signature)
  if (bytes?.length !== 64) return undefined
  return keys.find((trusted) => trusted.name === name && verify(null, Buffer.from(signed), trusted.key, bytes))
}

function splitNamed(text: string): { name: string; bytes: Uint8Array | undefined } {
  const colon = text.indexOf(':')
  return { name: text.slice(0, Math.max(colon, 0)), bytes: decodeBase64(text.slice(colon + 1)) }
}
