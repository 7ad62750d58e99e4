import { createHash } from 'node:crypto'
import {
  type Certificate,
  type Chain,
  chainTo,
  fingerprint,
  parseCertificate,
  same,
  shortName,
} from '@firn/attest/verify'
import { UserError } from '@firn/core'
import { SIGNATURE_TYPE, type SignatureList } from '../efivars/signature-list.ts'
import type { ImageReport, SignatureReport } from './report.ts'

/** Whom a verifier trusts: a firmware by db and dbx, shim by its vendor's certificate, a person by a certificate. */
export interface Trust {
  readonly certificates: readonly { readonly certificate: Certificate; readonly from: string }[]
  /** SHA-256 Authenticode hashes, hex, and where they stand. */
  readonly hashes: ReadonlyMap<string, string>
  readonly forbidden: Forbidden
}

/** What is refused even when it is trusted, too. */
export interface Forbidden {
  readonly certificates: readonly Certificate[]
  /** SHA-256 Authenticode hashes, hex. */
  readonly hashes: ReadonlySet<string>
  /** Hashes of TBSCertificates, hex, of any of three algorithms. */
  readonly certificateHashes: ReadonlySet<string>
}

export type Admission =
  | {
      readonly admitted: true
      readonly reason: string
      readonly by:
        | {
            readonly kind: 'certificate'
            readonly certificate: Certificate
            readonly from: string
            readonly chain: Chain
          }
        | { readonly kind: 'hash'; readonly from: string }
    }
  | { readonly admitted: false; readonly reason: string }

/** Trust in nobody. */
export const NO_TRUST: Trust = {
  certificates: [],
  hashes: new Map(),
  forbidden: { certificates: [], hashes: new Set(), certificateHashes: new Set() },
}

/** What lists allow (a db, shim's vendor_db, MokList). Entries that cannot be read allow nothing. */
export function trustOf(lists: readonly SignatureList[], from: string): Trust {
  return {
    ...NO_TRUST,
    certificates: certificatesOf(lists).map((certificate) => ({ certificate, from })),
    hashes: new Map([...hashesOf(lists, [SIGNATURE_TYPE.sha256])].map((hash) => [hash, from])),
  }
}

/** What lists forbid (a dbx, MokListX). A revocation time is not looked at: the certificate is revoked. */
export function forbiddenBy(lists: readonly SignatureList[]): Forbidden {
  const { x509Sha256, x509Sha384, x509Sha512 } = SIGNATURE_TYPE
  const withTime = [...hashesOf(lists, [x509Sha256, x509Sha384, x509Sha512])]
  return {
    certificates: certificatesOf(lists),
    hashes: hashesOf(lists, [SIGNATURE_TYPE.sha256]),
    // Behind the hash stand the 16 bytes of an EFI_TIME.
    certificateHashes: new Set(withTime.map((hex) => hex.slice(0, -32))),
  }
}

/**
 * Whether a verifier with that trust starts the image, and why. The decision is edk2's (DxeImageVerificationLib): what is
 * forbidden is refused first; then one good signature of a trusted chain is enough, and so is the hash of the image.
 */
export function admit(report: ImageReport, trust: Trust): Admission {
  if (report.refusal !== undefined) return { admitted: false, reason: report.refusal }
  const hash = Buffer.from(report.sha256).toString('hex')
  if (trust.forbidden.hashes.has(hash)) return { admitted: false, reason: `its hash is forbidden: ${hash}` }
  for (const signature of report.signatures) {
    const forbidden = whyForbidden(signature, trust.forbidden)
    if (forbidden !== undefined) return { admitted: false, reason: forbidden }
  }
  const objections: string[] = []
  for (const signature of report.signatures) {
    const admission = admitSignature(signature, trust)
    if (admission.admitted) return admission
    objections.push(admission.reason)
  }
  const from = trust.hashes.get(hash)
  if (from !== undefined && looksForHash(report)) {
    return { admitted: true, reason: `its hash stands in ${from}`, by: { kind: 'hash', from } }
  }
  if (from !== undefined)
    objections.push(`its hash stands in ${from}, but firmware does not look: sign it, or strip it`)
  if (trust.certificates.length === 0 && trust.hashes.size === 0) objections.unshift('nothing to trust was given')
  if (report.signatures.length === 0) objections.unshift('it is not signed')
  return { admitted: false, reason: objections.join('; ') }
}

/**
 * Of a signed image edk2 looks for the hash that a signature names, while it looks at that signature: signatures that it
 * cannot read hide the image's hash from it.
 */
function looksForHash({ pe, signatures }: ImageReport): boolean {
  return pe.certificateTable === undefined || signatures.some(({ hash }) => hash === 'sha256')
}

/** Whether one signature proves that somebody trusted signed the image. */
export function admitSignature(signature: SignatureReport, trust: Trust): Admission {
  const { problem, signer } = signature
  if (problem !== undefined) return { admitted: false, reason: problem }
  if (signer === undefined) return { admitted: false, reason: 'it names no signer' }
  const anchors = trust.certificates.map(({ certificate }) => certificate)
  const chain = chainTo(signer, signature.certificates, anchors)
  if ('reason' in chain) return { admitted: false, reason: chain.reason }
  const { certificate, from } = trust.certificates.find((entry) => same(entry.certificate, chain.anchor))!
  const names = chain.certificates.map(({ subject }) => shortName(subject)).join(', issued by ')
  const reason = `signed by ${names} (${from}, SHA-256 ${fingerprint(certificate).slice(0, 16)}…)`
  return { admitted: true, reason, by: { kind: 'certificate', certificate, from, chain } }
}

function whyForbidden({ signer, certificates }: SignatureReport, forbidden: Forbidden): string | undefined {
  if (signer === undefined) return undefined
  const chain = chainTo(signer, certificates, forbidden.certificates)
  if (!('reason' in chain)) return `a certificate is forbidden: ${shortName(chain.anchor.subject)}`
  if (forbidden.certificateHashes.size === 0) return undefined
  const found = certificates.find(({ tbs }) =>
    ['sha256', 'sha384', 'sha512'].some((name) =>
      forbidden.certificateHashes.has(createHash(name).update(tbs).digest('hex')),
    ),
  )
  return found === undefined ? undefined : `a certificate is forbidden by its hash: ${shortName(found.subject)}`
}

function certificatesOf(lists: readonly SignatureList[]): Certificate[] {
  return lists
    .filter(({ type }) => type === SIGNATURE_TYPE.x509)
    .flatMap(({ entries }) => entries.flatMap(({ data }) => readable(data)))
}

/** Firmware passes over entries that it cannot read; so must who wants to come to the same verdict. */
function readable(data: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(data)]
  } catch (error) {
    if (error instanceof UserError) return []
    throw error
  }
}

function hashesOf(lists: readonly SignatureList[], types: readonly string[]): Set<string> {
  const found = lists.filter(({ type }) => types.includes(type)).flatMap(({ entries }) => entries)
  return new Set(found.map(({ data }) => Buffer.from(data).toString('hex')))
}
