import {
  type Certificate,
  derTime,
  type HashName,
  hashOf,
  OID,
  oneValue,
  parseSignedData,
  type SignedData,
  type Timestamp,
  timestampsOf,
  verifySigner,
} from '@firn/attest/verify'
import { type Pe, parsePe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { layoutProblems } from '../pe/layout.ts'
import { authenticodeHash } from './hash.ts'
import { parseSpc } from './spc.ts'
import { PKCS_SIGNED_DATA, readCertificateTable, type WinCertificate } from './win-certificate.ts'

/** What an image and its signatures say, checked as far as that needs no trust. */
export interface ImageReport {
  readonly pe: Pe
  /** The Authenticode hash, SHA-256. */
  readonly sha256: Uint8Array
  readonly signatures: readonly SignatureReport[]
  /** Firmware refuses this image, whoever signed it. */
  readonly refusal?: string
  /** What is odd about the file and does not stop firmware. */
  readonly warnings: readonly string[]
}

export interface SignatureReport {
  /** The hash that it is over. */
  readonly hash?: HashName
  /** Why it proves nothing. Without one: the holder of `signer`'s key did sign this very image. */
  readonly problem?: string
  readonly signer?: Certificate
  /** The certificates that it brings along, the signer's among them. */
  readonly certificates: readonly Certificate[]
  readonly signingTime?: Date
  readonly timestamps: readonly Timestamp[]
}

/** Read an image: its headers, its hash and every signature. Errors: not a PE image, or one that is cut off. */
export function inspectImage(source: ByteSource): ImageReport {
  const pe = parsePe(source)
  const table = readCertificateTable(source, pe)
  const hashes = new Map<HashName, Uint8Array>()
  const hashBy = (name: HashName): Uint8Array => {
    const hash = hashes.get(name) ?? authenticodeHash(source, pe, name)
    hashes.set(name, hash)
    return hash
  }
  return {
    pe,
    sha256: hashBy('sha256'),
    signatures: table.entries.map((entry) => readSignature(entry, hashBy)),
    ...(table.problem !== undefined && { refusal: table.problem }),
    warnings: layoutProblems(pe),
  }
}

function readSignature(entry: WinCertificate, hashBy: (name: HashName) => Uint8Array): SignatureReport {
  const nothing = { certificates: [], timestamps: [] }
  if (entry.type !== PKCS_SIGNED_DATA) return { ...nothing, problem: `an entry of type ${entry.type}, not PKCS#7` }
  try {
    return checkSignature(parseSignedData(entry.content), hashBy)
  } catch (error) {
    // One signature that cannot be read does not make the others worthless.
    if (error instanceof UserError) return { ...nothing, problem: error.message }
    throw error
  }
}

function checkSignature(signed: SignedData, hashBy: (name: HashName) => Uint8Array): SignatureReport {
  const { certificates, content, contentType, signers } = signed
  const [signer] = signers
  if (contentType !== OID.spcIndirectData || content === undefined) {
    return { certificates, timestamps: [], problem: 'it does not sign a PE image' }
  }
  if (signer === undefined || signers.length > 1) {
    return { certificates, timestamps: [], problem: `it has ${signers.length} signers, one is allowed` }
  }
  const { hash, digest } = parseSpc(content)
  const time = oneValue(signer.signedAttributes?.list ?? [], OID.signingTime)
  const facts = {
    certificates,
    timestamps: timestampsOf(signer),
    ...(hash !== undefined && { hash }),
    ...(time !== undefined && { signingTime: derTime(time, 'signing time') }),
  }
  const verified = verifySigner(signed, signer, content.content)
  if ('reason' in verified) return { ...facts, problem: verified.reason }
  const told = { ...facts, signer: verified.certificate }
  if (hash === undefined) return { ...told, problem: 'its hash algorithm is not known' }
  // edk2 computes the hash that the outer structure names, and compares it with the one inside.
  if (signed.digestAlgorithms.length !== 1 || hashOf(signed.digestAlgorithms[0]!) !== hash) {
    return { ...told, problem: 'it names two different hash algorithms' }
  }
  if (hash === 'sha1') return { ...told, problem: 'it is over SHA-1, which can be forged' }
  if (Buffer.compare(digest, hashBy(hash)) !== 0) {
    return { ...told, problem: 'the image is not the one that was signed: it was changed since' }
  }
  return told
}
