import { createHash, type KeyObject } from 'node:crypto'
import { UserError } from '@firn/core'
import { context, contextPrimitive } from './der.ts'
import {
  bitString,
  boolean,
  der,
  flagString,
  integer,
  NULL,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  utf8String,
} from './der-write.ts'
import { OID } from './oid.ts'
import type { Signer } from './signer.ts'
import { type Certificate, type KeyUsage, keyUsageBit, parseCertificate } from './x509.ts'

/** What a new certificate says. The same words, key and issuer give the same bytes. */
export interface CertificateWords {
  readonly commonName: string
  readonly organization?: string
  readonly publicKey: KeyObject
  readonly notBefore: Date
  readonly notAfter: Date
  /** Default: the first 16 bytes of the SHA-256 of the public key, so that it repeats with the key. */
  readonly serial?: bigint
  /** Whether it may issue others; then `pathLength` more below it. */
  readonly isCa: boolean
  readonly pathLength?: number
  readonly keyUsage: readonly KeyUsage[]
  /** OIDs. */
  readonly extendedKeyUsage?: readonly string[]
}

/** Write and sign a certificate (RFC 5280, version 3). Without `issuer` it is self-signed: `signer` holds its own key. */
export async function createCertificate(
  words: CertificateWords,
  signer: Signer,
  issuer?: Certificate,
): Promise<Certificate> {
  const publicKeyInfo = words.publicKey.export({ type: 'spki', format: 'der' })
  const keyHash = createHash('sha256').update(publicKeyInfo).digest()
  const subject = nameOf(words)
  const algorithm = algorithmOf(signer.publicKey)
  const tbs = sequence(
    der(context(0), integer(2)),
    integer(words.serial ?? serialOf(keyHash)),
    algorithm,
    issuer?.subject.encoded ?? subject,
    sequence(time(words.notBefore), time(words.notAfter)),
    subject,
    publicKeyInfo,
    der(context(3), extensionsOf(words, keyIdOf(keyHash), issuer)),
  )
  return parseCertificate(sequence(tbs, algorithm, bitString(await signer.sign(tbs))))
}

function nameOf({ commonName, organization }: CertificateWords): Uint8Array {
  if (commonName === '' || [...commonName].length > 64) {
    throw new UserError(`a name of ${[...commonName].length} characters`, 'give a name of 1 to 64 characters')
  }
  const part = (type: string, text: string) => setOf(sequence(oid(type), utf8String(text)))
  return sequence(
    ...(organization === undefined ? [] : [part(OID.organizationName, organization)]),
    part(OID.commonName, commonName),
  )
}

/** Positive and of 16 bytes at most, as RFC 5280 (4.1.2.2) wants. */
function serialOf(keyHash: Uint8Array): bigint {
  return BigInt.asUintN(127, BigInt(`0x${Buffer.from(keyHash.subarray(0, 16)).toString('hex')}`)) | 1n
}

function extensionsOf(words: CertificateWords, keyId: Uint8Array, issuer: Certificate | undefined): Uint8Array {
  const extension = (id: string, value: Uint8Array, critical = false) =>
    sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value))
  // What the issuer calls its own key. OpenSSL refuses a path where the two differ.
  const issuerKeyId = issuer === undefined ? keyId : issuer.subjectKeyId
  return sequence(
    extension(
      OID.basicConstraints,
      sequence(
        ...(words.isCa ? [boolean(true)] : []),
        ...(words.isCa && words.pathLength !== undefined ? [integer(words.pathLength)] : []),
      ),
      true,
    ),
    extension(OID.keyUsage, flagString(...words.keyUsage.map(keyUsageBit)), true),
    ...(words.extendedKeyUsage === undefined
      ? []
      : [extension(OID.extendedKeyUsage, sequence(...words.extendedKeyUsage.map(oid)))]),
    extension(OID.subjectKeyIdentifier, octetString(keyId)),
    ...(issuerKeyId === undefined
      ? []
      : [extension(OID.authorityKeyIdentifier, sequence(der(contextPrimitive(0), issuerKeyId)))]),
  )
}

/** RFC 7093, method 1: the leftmost 160 bits of the SHA-256. */
function keyIdOf(keyHash: Uint8Array): Uint8Array {
  return keyHash.subarray(0, 20)
}

function algorithmOf(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType === 'rsa') return sequence(oid(OID.sha256WithRsa), NULL)
  if (key.asymmetricKeyType === 'ec') return sequence(oid(OID.ecdsaWithSha256))
  return sequence(oid(OID.ed25519))
}
