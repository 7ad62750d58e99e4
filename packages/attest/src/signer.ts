import { createPublicKey, type KeyObject } from 'node:crypto'
import { UserError } from '@firn/core'
import { keyId, parsePrivateKey, signWithKey, verifySignature } from './key.ts'

/**
 * Something that signs bytes with one key, wherever that key lies: a PEM file (`pemSigner`), a token (`pkcs11Signer`),
 * behind a program (`commandSigner`), or far away (`detachedSigner`).
 *
 * The scheme follows from the key: ed25519; RSASSA-PKCS1-v1_5 with SHA-256; ECDSA with SHA-256, as DER.
 */
export interface Signer {
  /** SHA-256 of the public key's SubjectPublicKeyInfo, hex. */
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}

/** A signer over a private key in PEM form. */
export function pemSigner(pem: string): Signer {
  const key = parsePrivateKey(pem)
  const publicKey = createPublicKey(key)
  return { keyId: keyId(publicKey), publicKey, sign: async (bytes) => signWithKey(key, bytes) }
}

/** A signer whose one signature was made elsewhere, over the very bytes that it will be asked for. */
export function detachedSigner(publicKey: KeyObject, signature: Uint8Array): Signer {
  return checkedSigner(publicKey, 'the signature that was given', async () => signature)
}

/**
 * A signer over anything that gives signatures. Each is checked before it is used: a token with two keys, or a program
 * that signs a hash of a hash, would otherwise give a file that no machine boots.
 */
export function checkedSigner(
  publicKey: KeyObject,
  what: string,
  sign: (bytes: Uint8Array) => Promise<Uint8Array>,
): Signer {
  return {
    keyId: keyId(publicKey),
    publicKey,
    sign: async (bytes) => {
      const signature = await sign(bytes)
      if (verifySignature({ key: publicKey }, bytes, signature)) return signature
      throw new UserError(
        `${what} does not fit the certificate's key and what is to be signed`,
        'check that key and certificate belong together, and that these very bytes were signed (with SHA-256)',
      )
    },
  }
}
