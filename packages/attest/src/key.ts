import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { UserError } from '@firn/core'
import { weakness } from './signature.ts'

/** A public key. Its id is the SHA-256 of its SubjectPublicKeyInfo (DER), in hex. */
export interface PublicKey {
  readonly id: string
  readonly key: KeyObject
}

/** Kinds of key that are made here: ed25519 for what firn alone reads, RSA for firmware, EC where a token has no other. */
export type KeyKind = 'ed25519' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'ec-p256' | 'ec-p384'

/** A new key pair (ed25519 unless told otherwise) as PEM: PKCS#8 and SubjectPublicKeyInfo. */
export function generateKey(kind: KeyKind = 'ed25519'): { privatePem: string; publicPem: string } {
  const { privateKey, publicKey } = generatePair(kind)
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  }
}

function generatePair(kind: KeyKind): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (kind) {
    case 'ed25519':
      return generateKeyPairSync('ed25519')
    case 'ec-p256':
      return generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    case 'ec-p384':
      return generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
    default:
      return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) })
  }
}

/** Read a public key from PEM: ed25519, RSA from 2048 bits on, or EC. Errors: not PEM, or another kind of key. */
export function parsePublicKey(pem: string): PublicKey {
  // Node would take a private key here and derive the public one: a private key does not belong where this is read.
  if (pem.includes('PRIVATE KEY'))
    throw new UserError('this is a private key, a public one is needed', 'keep it secret and give the .pub file')
  const key = readPem(() => createPublicKey(pem), 'public')
  return { id: keyId(key), key }
}

/** Read a private key from PEM (not encrypted). The text is never part of an error message. */
export function parsePrivateKey(pem: string): KeyObject {
  if (/ENCRYPTED/.test(pem)) {
    throw new UserError(
      'the private key is encrypted',
      'decrypt it into a file on a RAM disk with openssl pkey, or keep the key in a token',
    )
  }
  return readPem(() => createPrivateKey(pem), 'private')
}

/**
 * Sign bytes with a key's one scheme: ed25519; RSASSA-PKCS1-v1_5 with SHA-256; ECDSA with SHA-256, as DER. The first two
 * give the same signature each time.
 */
export function signWithKey(privateKey: KeyObject, bytes: Uint8Array): Uint8Array {
  if (privateKey.asymmetricKeyType === 'ed25519') return sign(null, bytes, privateKey)
  return sign('sha256', bytes, { key: privateKey, dsaEncoding: 'der' })
}

/** Whether `signature` over `bytes` was made by `key`, with the scheme of `signWithKey`. */
export function verifySignature({ key }: Pick<PublicKey, 'key'>, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType === 'ed25519') return signature.length === 64 && verify(null, bytes, key, signature)
  return verify('sha256', bytes, { key, dsaEncoding: 'der' }, signature)
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
    throw new UserError(`not a ${kind} key in PEM form`, `it begins with -----BEGIN ${kind.toUpperCase()} KEY-----`)
  }
  const type = key.asymmetricKeyType ?? 'unknown'
  if (!['ed25519', 'rsa', 'ec'].includes(type)) {
    throw new UserError(`a ${type} key is of no use here`, 'give an ed25519, RSA or EC key')
  }
  const weak = weakness(key)
  if (weak !== undefined) throw new UserError(weak, 'make a key of 2048 bits or more')
  return key
}
