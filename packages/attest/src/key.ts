import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { UserError } from '@firn/core'

/** A public ed25519 key. Its id is the SHA-256 of its SubjectPublicKeyInfo (DER), in hex. */
export interface PublicKey {
  readonly id: string
  readonly key: KeyObject
}

/** A new ed25519 key pair as PEM: PKCS#8 (RFC 8410) and SubjectPublicKeyInfo. */
export function generateKey(): { privatePem: string; publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  }
}

/** Read a public key from PEM. Errors: not PEM, or another kind of key. */
export function parsePublicKey(pem: string): PublicKey {
  // Node would take a private key here and derive the public one: a private key does not belong where this is read.
  if (pem.includes('PRIVATE KEY'))
    throw new UserError('this is a private key, a public one is needed', 'keep it secret and give the .pub file')
  const key = readPem(() => createPublicKey(pem), 'public')
  return { id: keyId(key), key }
}

/** Read a private key from PEM (not encrypted). The text is never part of an error message. */
export function parsePrivateKey(pem: string): KeyObject {
  return readPem(() => createPrivateKey(pem), 'private')
}

/** Whether `signature` over `bytes` was made by `key`. */
export function verifySignature(key: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, bytes, key.key, signature)
}

export function keyId(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

function readPem(read: () => KeyObject, kind: string): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch {
    throw new UserError(`not a ${kind} key in PEM form`, 'it begins with -----BEGIN')
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new UserError(
      `a ${key.asymmetricKeyType} key, an ed25519 key is needed`,
      'make one with: openssl genpkey -algorithm ed25519',
    )
  }
  return key
}
