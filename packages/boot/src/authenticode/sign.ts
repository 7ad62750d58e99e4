import { bytesToSign, type Certificate, OID, type Signer, type Signing, signData } from '@firn/attest'
import { type Pe, parsePe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { layoutProblems } from '../pe/layout.ts'
import { withCertificateTable } from './edit.ts'
import { hashToSign } from './hash.ts'
import { writeSpc } from './spc.ts'
import { pkcs7Entry, readCertificateTable, type WinCertificate, writeCertificateTable } from './win-certificate.ts'

export interface SignOptions {
  /** The signer's certificate first, then what leads from it to the one that machines trust. */
  readonly certificates: readonly [Certificate, ...Certificate[]]
  /** Told inside the signature. Without it none is: the same input then gives the same bytes. */
  readonly signingTime?: Date
  /** Put the signature in place of those that are there, not behind them. */
  readonly replace?: boolean
}

/**
 * Sign an image: a new one, to be read or written; what is signed already keeps its signatures. Refused: an image whose
 * hash would not cover all of it, and a key that does not belong to the certificate.
 */
export async function signImage(source: ByteSource, signer: Signer, options: SignOptions): Promise<ByteSource> {
  const pe = parseSignable(source)
  const signature = await signData(signingOf(source, pe, options), signer)
  return withSignature(source, pe, signature, options.replace === true)
}

/**
 * The bytes that must be signed for `signImage` to come to an end: for a key that is not here. Sign them with SHA-256
 * (RSASSA-PKCS1-v1_5 or ECDSA), and give the signature to a `detachedSigner`.
 */
export function requestSignature(source: ByteSource, options: SignOptions): Uint8Array {
  return bytesToSign(signingOf(source, parseSignable(source), options))
}

/** The image without its signatures. */
export function stripSignatures(source: ByteSource): ByteSource {
  return withCertificateTable(source, parsePe(source), new Uint8Array())
}

/** The image with a signature (PKCS#7, DER) that was made elsewhere, by another program say, put behind the others. */
export function attachSignature(source: ByteSource, signature: Uint8Array): ByteSource {
  return withSignature(source, parseSignable(source), signature, false)
}

/** Places in a PE header have 32 bits, and the signatures stand at the end. */
const MOST = 0xffff_ffff - 2 ** 20

function parseSignable(source: ByteSource): Pe {
  if (source.size > MOST) throw new UserError('larger than 4 GB', 'EFI programs are smaller')
  const pe = parsePe(source)
  if (pe.securityEntryOffset === undefined) {
    throw new UserError('PE: the image has no room for a certificate table', 'link it with 16 data directories')
  }
  const [problem] = layoutProblems(pe)
  if (problem === undefined) return pe
  throw new UserError(
    `PE: not signed, as the signature would not cover all of it: ${problem}`,
    'build the image again without gaps or overlaps; objcopy leaves them, firn boot uki build does not',
  )
}

function signingOf(source: ByteSource, pe: Pe, { certificates, signingTime }: SignOptions): Signing {
  const { encoded, content } = writeSpc(hashToSign(source, pe))
  return {
    contentType: OID.spcIndirectData,
    content: encoded,
    hashed: content,
    certificates,
    attributes: true,
    ...(signingTime !== undefined && { signingTime }),
  }
}

function withSignature(source: ByteSource, pe: Pe, signature: Uint8Array, replace: boolean): ByteSource {
  const { entries, problem } = readCertificateTable(source, pe)
  if (problem !== undefined && !replace) throw new UserError(`PE: ${problem}`, 'replace the signatures: --replace')
  const kept: readonly WinCertificate[] = replace ? [] : entries
  return withCertificateTable(source, pe, writeCertificateTable([...kept, pkcs7Entry(signature)]))
}
