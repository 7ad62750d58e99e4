import { type KeyObject, verify } from 'node:crypto'
import { hashOf, OID } from './oid.ts'

/** RSA below this, and SHA-1, can be forged at a price: nothing that rests on them is believed. */
const LEAST_RSA_BITS = 2048

/** What a key is, in words: `RSA 2048`, `EC prime256v1`, `ed25519`. */
export function describeKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) return `RSA ${modulusLength}`
  if (namedCurve !== undefined) return `EC ${namedCurve}`
  return key.asymmetricKeyType ?? 'unknown'
}

/** Why a key is too weak to be believed, or undefined. */
export function weakness(key: KeyObject): string | undefined {
  const bits = key.asymmetricKeyDetails?.modulusLength
  return bits !== undefined && bits < LEAST_RSA_BITS ? `an RSA key of ${bits} bits can be broken` : undefined
}

/**
 * Whether `signature` over `bytes` was made by `key` with the algorithm of that OID (a certificate's or a signer's).
 * `rsaEncryption` and `ecPublicKey` name no hash; `digest` is the OID of the one that goes with them. False for
 * algorithms that are not known, and for keys of another kind: an attacker chooses the OID, never the key.
 */
export function verifyAlgorithm(
  algorithm: string,
  digest: string | undefined,
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (weakness(key) !== undefined) return false
  if (algorithm === OID.ed25519) {
    return key.asymmetricKeyType === 'ed25519' && signature.length === 64 && verify(null, bytes, key, signature)
  }
  const hash = hashOf(algorithm) ?? (digest === undefined ? undefined : hashOf(digest))
  if (hash === undefined || hash === 'sha1') return false
  if (key.asymmetricKeyType !== KEY_TYPE[algorithm]) return false
  return verify(hash, bytes, { key, dsaEncoding: 'der' }, signature)
}

const KEY_TYPE: Readonly<Record<string, string>> = {
  [OID.rsaEncryption]: 'rsa',
  [OID.sha256WithRsa]: 'rsa',
  [OID.sha384WithRsa]: 'rsa',
  [OID.sha512WithRsa]: 'rsa',
  [OID.ecPublicKey]: 'ec',
  [OID.ecdsaWithSha256]: 'ec',
  [OID.ecdsaWithSha384]: 'ec',
  [OID.ecdsaWithSha512]: 'ec',
}
