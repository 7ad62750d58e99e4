import { createPublicKey, sign } from 'node:crypto'
import { keyId, parsePrivateKey } from './key.ts'

/** Something that signs bytes with one key: a file today; a token or a command fit the same shape. */
export interface Signer {
  readonly keyId: string
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}

/** A signer over an ed25519 private key in PEM form. */
export function pemSigner(pem: string): Signer {
  const key = parsePrivateKey(pem)
  return {
    keyId: keyId(createPublicKey(key)),
    sign: async (bytes) => sign(null, bytes, key),
  }
}
