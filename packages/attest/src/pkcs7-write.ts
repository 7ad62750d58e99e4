import { createHash, type KeyObject } from 'node:crypto'
import { UserError } from '@firn/core'
import { context, TAG } from './der.ts'
import { der, integer, NULL, octetString, oid, sequence, setOf, time } from './der-write.ts'
import { OID } from './oid.ts'
import type { Signer } from './signer.ts'
import { type Certificate, publicKeyOf } from './x509.ts'

/** What is to be signed, and how it is wrapped. SHA-256 throughout: what every firmware reads. */
export interface Signing {
  /** OID of the content. */
  readonly contentType: string
  /** What is hashed: for a structure its content octets, without tag and length. */
  readonly hashed: Uint8Array
  /** The content as it is carried along, one DER value; absent when it travels apart. */
  readonly content?: Uint8Array
  /** The signer's certificate first, then others that complete the path. */
  readonly certificates: readonly [Certificate, ...Certificate[]]
  /**
   * Sign attributes (content type, hash, time) in the content's stead. `false` signs the content itself, as EFI
   * variables want it.
   */
  readonly attributes: boolean
  /** Told in the attributes; nothing is told without it. */
  readonly signingTime?: Date
  /** SignedData alone, without a ContentInfo around it: what `.auth` files hold. */
  readonly bare?: boolean
}

/** The bytes that the key signs: the same for the same signing, so they can be signed elsewhere (a detached flow). */
export function bytesToSign(signing: Signing): Uint8Array {
  return signing.attributes ? der(TAG.set, attributesOf(signing)) : signing.hashed
}

/** Sign, and wrap: PKCS#7 SignedData, DER. */
export async function signData(signing: Signing, signer: Signer): Promise<Uint8Array> {
  const [certificate] = signing.certificates
  if (!publicKeyOf(certificate).equals(signer.publicKey)) {
    throw new UserError(
      `the key does not belong to the certificate of ${certificate.subject.text}`,
      'give the key and the certificate that were made together',
    )
  }
  return wrap(signing, await signer.sign(bytesToSign(signing)), signer.publicKey)
}

function wrap(signing: Signing, signature: Uint8Array, key: KeyObject): Uint8Array {
  const [certificate] = signing.certificates
  const sha256 = sequence(oid(OID.sha256), NULL)
  const signedData = sequence(
    integer(1),
    der(TAG.set, sha256),
    sequence(oid(signing.contentType), ...(signing.content === undefined ? [] : [der(context(0), signing.content)])),
    // A SET OF in DER is sorted; a certificate that stands twice would be one too many.
    der(context(0), ...[...new Set(signing.certificates.map(({ encoded }) => encoded))].sort(Buffer.compare)),
    der(
      TAG.set,
      sequence(
        integer(1),
        sequence(certificate.issuer.encoded, integer(certificate.serial)),
        sha256,
        ...(signing.attributes ? [der(context(0), attributesOf(signing))] : []),
        signatureAlgorithm(key),
        octetString(signature),
      ),
    ),
  )
  return signing.bare === true ? signedData : sequence(oid(OID.signedData), der(context(0), signedData))
}

/** The attributes, sorted, without the tag around them: that differs between what is signed and what is stored. */
function attributesOf({ contentType, hashed, signingTime }: Signing): Uint8Array {
  const attribute = (type: string, value: Uint8Array) => sequence(oid(type), setOf(value))
  const list = [
    attribute(OID.contentType, oid(contentType)),
    attribute(OID.messageDigest, octetString(createHash('sha256').update(hashed).digest())),
    ...(signingTime === undefined ? [] : [attribute(OID.signingTime, time(signingTime))]),
  ]
  return Buffer.concat(list.sort(Buffer.compare))
}

function signatureAlgorithm(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType === 'rsa') return sequence(oid(OID.rsaEncryption), NULL)
  if (key.asymmetricKeyType === 'ec') return sequence(oid(OID.ecdsaWithSha256))
  throw new UserError(`a ${key.asymmetricKeyType} key cannot sign this`, 'firmware reads RSA (2048 bits are safest)')
}
