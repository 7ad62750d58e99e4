import { createHash } from 'node:crypto'
import { UserError } from '@firn/core'
import {
  context,
  type DerReader,
  type DerValue,
  derCount,
  derError,
  derInteger,
  derOid,
  derReader,
  parseDer,
  parseDerPrefix,
  TAG,
} from './der.ts'
import { hashOf, OID } from './oid.ts'
import { verifyAlgorithm } from './signature.ts'
import { type Certificate, parseCertificate, parseName, publicKeyOf, shortName } from './x509.ts'

/** PKCS#7 SignedData (RFC 2315, and CMS, RFC 5652), parsed and not yet believed. */
export interface SignedData {
  /** OIDs of the hashes that the signers use. */
  readonly digestAlgorithms: readonly string[]
  /** OID of what is signed. */
  readonly contentType: string
  /** The signed value, when it is carried along. */
  readonly content?: DerValue
  readonly certificates: readonly Certificate[]
  readonly signers: readonly SignerInfo[]
}

export interface SignerInfo {
  /** Which certificate: its issuer (DER) and serial number. */
  readonly issuer: Uint8Array
  readonly serial: bigint
  readonly digestAlgorithm: string
  /** The attributes that are signed in the content's stead: as a SET, which is what the signature is over. */
  readonly signedAttributes?: { readonly encoded: Uint8Array; readonly list: readonly Attribute[] }
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
  readonly unsignedAttributes: readonly Attribute[]
}

export interface Attribute {
  readonly type: string
  readonly values: readonly DerValue[]
}

/** More signers or certificates than any real file has only cost time. */
const MOST = 64

/**
 * Parse SignedData: inside a ContentInfo, or bare as in an EFI `.auth` file. Zero bytes behind it are padding, as
 * Microsoft's signatures have; anything else is refused.
 */
export function parseSignedData(bytes: Uint8Array): SignedData {
  const { value, end } = parseDerPrefix(bytes, 'PKCS#7')
  if (bytes.subarray(end).some((byte) => byte !== 0)) throw derError('PKCS#7: bytes behind the end that are not zero')
  const outer = derReader(value, TAG.sequence, 'PKCS#7')
  const first = outer.any('content type or version')
  if (first.tag !== TAG.oid) return readSignedData(derReader(value, TAG.sequence, 'PKCS#7'))
  if (derOid(first, 'PKCS#7: content type') !== OID.signedData) throw derError('PKCS#7: not SignedData')
  const explicit = outer.next(context(0), 'content')
  outer.end()
  return readSignedData(derReader(parseDer(explicit.content, 'PKCS#7'), TAG.sequence, 'PKCS#7'))
}

/**
 * Check one signer: the attributes name the content's type and hash, and the signature over them was made by the key of
 * a certificate that lies here. `content` is what is hashed: for a structure its content octets, without tag and length
 * (RFC 5652, 5.4). Nothing is said about whether the certificate may be trusted: see `chainTo`.
 */
export function verifySigner(
  signedData: SignedData,
  signer: SignerInfo,
  content: Uint8Array,
): { readonly certificate: Certificate } | { readonly reason: string } {
  const certificate = signedData.certificates.find(
    ({ issuer, serial }) => serial === signer.serial && Buffer.compare(issuer.encoded, signer.issuer) === 0,
  )
  if (certificate === undefined) return { reason: 'the certificate of the signer is not in the signature' }
  const hash = hashOf(signer.digestAlgorithm)
  if (hash === undefined) return { reason: `hash algorithm ${signer.digestAlgorithm} is not known` }
  if (hash === 'sha1') return { reason: 'signed over SHA-1, which can be forged' }
  const digest = createHash(hash).update(content).digest()
  const { signedAttributes } = signer
  if (signedAttributes !== undefined) {
    const type = oneValue(signedAttributes.list, OID.contentType)
    if (type === undefined || derOid(type, 'content type') !== signedData.contentType) {
      return { reason: 'the signed attributes speak of another type of content' }
    }
    const told = oneValue(signedAttributes.list, OID.messageDigest)
    if (told === undefined || told.tag !== TAG.octetString || Buffer.compare(told.content, digest) !== 0) {
      return { reason: 'the content is not the one that was signed' }
    }
  } else if (signedData.contentType !== OID.data) {
    return { reason: 'signed attributes are missing' }
  }
  const { signatureAlgorithm, digestAlgorithm, signature } = signer
  const signed = signedAttributes?.encoded ?? content
  if (!verifyAlgorithm(signatureAlgorithm, digestAlgorithm, publicKeyOf(certificate), signed, signature)) {
    return { reason: `the signature was not made by the key of ${shortName(certificate.subject)}` }
  }
  return { certificate }
}

/** The single value of the single attribute of that type. */
export function oneValue(attributes: readonly Attribute[], type: string): DerValue | undefined {
  const found = attributes.filter((attribute) => attribute.type === type)
  return found.length === 1 && found[0]!.values.length === 1 ? found[0]!.values[0] : undefined
}

function readSignedData(reader: DerReader): SignedData {
  const version = derCount(reader.next(TAG.integer, 'version'), 'PKCS#7: version')
  if (version > 5) throw derError(`PKCS#7: version ${version}`)
  const digestAlgorithms = reader
    .enter(TAG.set, 'hash algorithms')
    .rest('one')
    .map((value) => algorithmOf(derReader(value, TAG.sequence, 'PKCS#7: hash algorithm')))
  const { contentType, content } = readContent(reader.enter(TAG.sequence, 'content'))
  const bag = reader.optional(context(0), 'certificates')
  reader.optional(context(1), 'revocation lists')
  const signers = reader.enter(TAG.set, 'signers').rest('one')
  reader.end()
  const certificates = bag === undefined ? [] : derReader(bag, context(0), 'PKCS#7: certificates').rest('one')
  if (signers.length > MOST || certificates.length > MOST) throw derError('PKCS#7: too many signers or certificates')
  return {
    digestAlgorithms,
    contentType,
    ...(content !== undefined && { content }),
    // Attribute certificates and the like have other tags; they sign nothing here.
    certificates: certificates
      .filter(({ tag }) => tag === TAG.sequence)
      .map(({ encoded }) => parseCertificate(encoded)),
    signers: signers.map(readSigner),
  }
}

function readContent(reader: DerReader): { contentType: string; content?: DerValue } {
  const contentType = derOid(reader.any('content type'), 'PKCS#7: content type')
  const explicit = reader.optional(context(0), 'content')
  reader.end()
  return { contentType, ...(explicit !== undefined && { content: parseDer(explicit.content, 'PKCS#7: content') }) }
}

function readSigner(value: DerValue): SignerInfo {
  const reader = derReader(value, TAG.sequence, 'PKCS#7: signer')
  const version = derCount(reader.next(TAG.integer, 'version'), 'PKCS#7: signer version')
  if (version !== 1) {
    throw new UserError('PKCS#7: the signer is named by a key identifier', 'only issuer and serial number are read')
  }
  const name = reader.enter(TAG.sequence, 'issuer and serial number')
  const issuer = parseName(name.next(TAG.sequence, 'issuer')).encoded
  const serial = derInteger(name.next(TAG.integer, 'serial number'), 'PKCS#7: serial number')
  name.end()
  const digestAlgorithm = algorithmOf(reader.enter(TAG.sequence, 'hash algorithm'))
  const signed = reader.optional(context(0), 'signed attributes')
  const signatureAlgorithm = algorithmOf(reader.enter(TAG.sequence, 'signature algorithm'))
  const signature = reader.next(TAG.octetString, 'signature').content
  const unsigned = reader.optional(context(1), 'unsigned attributes')
  reader.end()
  return {
    issuer,
    serial,
    digestAlgorithm,
    ...(signed !== undefined && {
      signedAttributes: { encoded: asSet(signed.encoded), list: readAttributes(signed, context(0)) },
    }),
    signatureAlgorithm,
    signature,
    unsignedAttributes: unsigned === undefined ? [] : readAttributes(unsigned, context(1)),
  }
}

function readAttributes(value: DerValue, tag: number): Attribute[] {
  return derReader(value, tag, 'PKCS#7: attributes')
    .rest('one')
    .map((entry) => {
      const reader = derReader(entry, TAG.sequence, 'PKCS#7: attribute')
      const type = derOid(reader.any('type'), 'PKCS#7: attribute')
      const values = reader.enter(TAG.set, 'values').rest('one')
      reader.end()
      return { type, values }
    })
}

/** The signature is over the attributes with the tag of a SET in place of `[0]` (RFC 5652, 5.4). */
function asSet(encoded: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(encoded)
  copy[0] = TAG.set
  return copy
}

function algorithmOf(reader: DerReader): string {
  const oid = derOid(reader.any('identifier'), 'PKCS#7: algorithm')
  if (reader.more) reader.any('parameters')
  reader.end()
  return oid
}
