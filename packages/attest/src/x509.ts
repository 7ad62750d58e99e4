import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import {
  context,
  type DerReader,
  type DerValue,
  derBits,
  derBoolean,
  derCount,
  derError,
  derFlags,
  derInteger,
  derOid,
  derReader,
  derText,
  derTime,
  parseDer,
  TAG,
} from './der.ts'
import { type HashName, OID } from './oid.ts'

/** A name of X.501, as it lies in the certificate and as text: `CN=firn db, O=Example`. */
export interface Name {
  readonly encoded: Uint8Array
  readonly text: string
}

/** An X.509 certificate (RFC 5280), parsed and not yet believed. */
export interface Certificate {
  readonly encoded: Uint8Array
  /** What its issuer signed. */
  readonly tbs: Uint8Array
  readonly serial: bigint
  readonly issuer: Name
  readonly subject: Name
  readonly notBefore: Date
  readonly notAfter: Date
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array
  /** OID of the signature's algorithm; the same inside and outside, or the certificate is refused. */
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
  readonly version: 1 | 2 | 3
  readonly basicConstraints?: { readonly isCa: boolean; readonly pathLength?: number }
  readonly keyUsage?: readonly KeyUsage[]
  /** OIDs. */
  readonly extendedKeyUsage?: readonly string[]
  readonly subjectKeyId?: Uint8Array
  /** OIDs of critical extensions that nothing here understands: such a certificate proves nothing. */
  readonly unknownCritical: readonly string[]
  /** Against RFC 5280 in a way that readers differ about: it issues nothing. Machines with such a PK exist. */
  readonly flaw?: string
}

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const
export type KeyUsage = (typeof KEY_USAGES)[number]
export const keyUsageBit = (usage: KeyUsage): number => KEY_USAGES.indexOf(usage)

/**
 * Subject alternative names, policies and Netscape's certificate type (which Debian's Secure Boot CA marks critical) do not
 * narrow who may sign for firmware: known, and passed over.
 */
const HARMLESS = new Set(['2.5.29.17', '2.5.29.32', '2.16.840.1.113730.1.1', OID.authorityKeyIdentifier])
const MAX_CERTIFICATE = 64 * 1024

/** Parse one DER certificate; what follows it is refused. */
export function parseCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > MAX_CERTIFICATE) throw derError(`a certificate of ${bytes.length} bytes`)
  const outer = derReader(parseDer(bytes, 'certificate'), TAG.sequence, 'certificate')
  const tbs = outer.next(TAG.sequence, 'content')
  const signatureAlgorithm = algorithm(outer.enter(TAG.sequence, 'signature algorithm'))
  const signature = derBits(outer.next(TAG.bitString, 'signature'), 'certificate: signature')
  outer.end()

  const reader = derReader(tbs, TAG.sequence, 'certificate')
  const version = readVersion(reader)
  const serial = derInteger(reader.next(TAG.integer, 'serial number'), 'certificate: serial number')
  if (algorithm(reader.enter(TAG.sequence, 'algorithm')) !== signatureAlgorithm) {
    throw derError('certificate: two different signature algorithms, inside and outside')
  }
  const issuer = parseName(reader.next(TAG.sequence, 'issuer'))
  const validity = reader.enter(TAG.sequence, 'validity')
  const notBefore = derTime(validity.any('start'), 'certificate: start of validity')
  const notAfter = derTime(validity.any('end'), 'certificate: end of validity')
  const subject = parseName(reader.next(TAG.sequence, 'subject'))
  const publicKeyInfo = reader.next(TAG.sequence, 'public key').encoded
  reader.optional(0x81, 'issuer unique id')
  reader.optional(0x82, 'subject unique id')
  const extensions = reader.optional(context(3), 'extensions')
  reader.end()
  return {
    encoded: bytes,
    tbs: tbs.encoded,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKeyInfo,
    signatureAlgorithm,
    signature,
    version,
    ...readExtensions(extensions),
  }
}

/** The public key. Errors: of a kind that `node:crypto` does not read. */
export function publicKeyOf(certificate: Certificate): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(certificate.publicKeyInfo), format: 'der', type: 'spki' })
  } catch {
    throw derError(`the certificate of ${certificate.subject.text} has a public key that cannot be read`)
  }
}

/** The hash of the whole certificate, in hex: what tools call its fingerprint. */
export function fingerprint(certificate: Certificate, hash: HashName = 'sha256'): string {
  return createHash(hash).update(certificate.encoded).digest('hex')
}

/** The first CN of a name, or the whole of it. */
export function shortName(name: Name): string {
  return /(?:^|, )CN=((?:\\.|[^,\\])+)/.exec(name.text)?.[1] ?? name.text
}

/** A Name (X.501): relative distinguished names in the order they stand, the last being the most particular. */
export function parseName(value: DerValue): Name {
  const parts = derReader(value, TAG.sequence, 'name')
    .rest('part')
    .flatMap((set) => derReader(set, TAG.set, 'name: part').rest('attribute'))
    .map((attribute) => {
      const pair = derReader(attribute, TAG.sequence, 'name: attribute')
      const type = derOid(pair.any('type'), 'name: type')
      const text = pair.any('value')
      pair.end()
      return `${NAME_TYPES[type] ?? type}=${derText(text, `name: ${type}`).replace(/[,+\\]/g, '\\$&')}`
    })
  return { encoded: value.encoded, text: parts.reverse().join(', ') }
}

const NAME_TYPES: Readonly<Record<string, string>> = {
  [OID.commonName]: 'CN',
  [OID.countryName]: 'C',
  [OID.localityName]: 'L',
  [OID.stateName]: 'ST',
  [OID.organizationName]: 'O',
  [OID.organizationalUnitName]: 'OU',
  [OID.serialNumber]: 'serialNumber',
  [OID.emailAddress]: 'emailAddress',
  [OID.domainComponent]: 'DC',
}

/** The OID of an AlgorithmIdentifier. Parameters are passed over: NULL, absent, or a curve that the key names again. */
function algorithm(reader: DerReader): string {
  const oid = derOid(reader.any('identifier'), 'certificate: algorithm')
  if (reader.more) reader.any('parameters')
  reader.end()
  return oid
}

function readVersion(reader: DerReader): 1 | 2 | 3 {
  const explicit = reader.optional(context(0), 'version')
  if (explicit === undefined) return 1
  const version = derCount(parseDer(explicit.content, 'certificate: version'), 'certificate: version') + 1
  if (version !== 1 && version !== 2 && version !== 3) throw derError(`certificate: version ${version}`)
  return version
}

type Extensions = Pick<
  Certificate,
  'basicConstraints' | 'keyUsage' | 'extendedKeyUsage' | 'subjectKeyId' | 'unknownCritical' | 'flaw'
>

function readExtensions(value: DerValue | undefined): Extensions {
  const found: { -readonly [K in keyof Extensions]: Extensions[K] } = { unknownCritical: [] }
  if (value === undefined) return found
  const unknown: string[] = []
  const seen = new Set<string>()
  for (const extension of derReader(parseDer(value.content, 'extensions'), TAG.sequence, 'extensions').rest('one')) {
    const reader = derReader(extension, TAG.sequence, 'extension')
    const id = derOid(reader.any('id'), 'extension: id')
    const flag = reader.optional(TAG.boolean, 'critical')
    const critical = flag !== undefined && derBoolean(flag, 'extension: critical')
    const content = reader.next(TAG.octetString, 'value').content
    reader.end()
    // RFC 5280, 4.2: not more than one of a kind. Two readers might believe different ones.
    if (seen.has(id)) {
      found.flaw = `extension ${id} stands twice`
      continue
    }
    seen.add(id)
    if (id === OID.basicConstraints) found.basicConstraints = readBasicConstraints(content)
    else if (id === OID.keyUsage) found.keyUsage = readKeyUsage(content)
    else if (id === OID.extendedKeyUsage) found.extendedKeyUsage = readExtendedKeyUsage(content)
    else if (id === OID.subjectKeyIdentifier) found.subjectKeyId = readKeyId(content)
    else if (critical && !HARMLESS.has(id)) unknown.push(id)
  }
  return { ...found, unknownCritical: unknown }
}

function readBasicConstraints(content: Uint8Array): { isCa: boolean; pathLength?: number } {
  const reader = derReader(parseDer(content, 'basic constraints'), TAG.sequence, 'basic constraints')
  const flag = reader.optional(TAG.boolean, 'CA')
  const isCa = flag !== undefined && derBoolean(flag, 'basic constraints: CA')
  const length = reader.optional(TAG.integer, 'path length')
  reader.end()
  return { isCa, ...(length !== undefined && { pathLength: derCount(length, 'basic constraints: path length') }) }
}

function readKeyUsage(content: Uint8Array): KeyUsage[] {
  const has = derFlags(parseDer(content, 'key usage'), 'key usage')
  return KEY_USAGES.filter((_, bit) => has(bit))
}

function readExtendedKeyUsage(content: Uint8Array): string[] {
  const reader = derReader(parseDer(content, 'extended key usage'), TAG.sequence, 'extended key usage')
  return reader.rest('purpose').map((value) => derOid(value, 'extended key usage'))
}

function readKeyId(content: Uint8Array): Uint8Array {
  const value = parseDer(content, 'subject key identifier')
  if (value.tag !== TAG.octetString) throw derError('certificate: the subject key identifier is not a string of bytes')
  return value.content
}
