import type { KeyObject } from 'node:crypto'
import { UserError } from '@firn/core'
import { verifyAlgorithm } from './signature.ts'
import { type Certificate, publicKeyOf, shortName } from './x509.ts'

/** A path from a certificate to one that is trusted: both ends included, the trusted one last. */
export interface Chain {
  readonly certificates: readonly Certificate[]
  readonly anchor: Certificate
}

/** How many certificates a path may have; OpenSSL's firmware builds stop later, real paths have three. */
const MAX_PATH = 10
/** Every signature check costs; a bag of certificates made to cost much is given up on. */
const MAX_CHECKS = 256

/**
 * The path from `leaf` over certificates of `pool` to one of `anchors`, or why there is none. The rules are those that
 * firmware (OpenSSL with partial chains) goes by: the leaf itself may be trusted; who issues must be allowed to (basic
 * constraints, keyCertSign, path length); no time is looked at, as firmware has no clock that an attacker cannot turn.
 */
export function chainTo(
  leaf: Certificate,
  pool: readonly Certificate[],
  anchors: readonly Certificate[],
): Chain | { readonly reason: string } {
  let checks = 0
  const isNamesake = anchors.some(({ subject }) => Buffer.compare(subject.encoded, leaf.subject.encoded) === 0)
  let reason = `${shortName(leaf.subject)} was not issued by a trusted certificate${isNamesake ? '; the trusted one of that name is another' : ''}`
  const seen = new Set<Certificate>([leaf])
  const queue: Certificate[][] = [[leaf]]
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const tip = path.at(-1)!
    if (tip.unknownCritical.length > 0) {
      reason = `${shortName(tip.subject)} has a critical extension that is not known: ${tip.unknownCritical[0]}`
      continue
    }
    const anchor = anchors.find((candidate) => same(candidate, tip))
    if (anchor !== undefined) return { certificates: path, anchor }
    if (path.length === MAX_PATH) continue
    for (const issuer of [...anchors, ...pool]) {
      if (seen.has(issuer) || Buffer.compare(issuer.subject.encoded, tip.issuer.encoded) !== 0) continue
      if (++checks > MAX_CHECKS) return { reason: 'too many certificates to look through' }
      if (!isSignedBy(tip, issuer)) continue
      const objection = whyNotIssuer(issuer, path.length - 1)
      if (objection !== undefined) {
        reason = objection
        continue
      }
      seen.add(issuer)
      queue.push([...path, issuer])
    }
  }
  return { reason }
}

/** Whether `issuer`'s key signed `certificate`. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { signatureAlgorithm, tbs, signature } = certificate
  const key = usableKey(issuer)
  return key !== undefined && verifyAlgorithm(signatureAlgorithm, undefined, key, tbs, signature)
}

/** A key that cannot be read signs nothing; it is no reason to stop looking. */
function usableKey(certificate: Certificate): KeyObject | undefined {
  try {
    return publicKeyOf(certificate)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

export function same(a: Certificate, b: Certificate): boolean {
  return a === b || Buffer.compare(a.encoded, b.encoded) === 0
}

/** `below`: how many certificates that are no leaves stand between this one and the leaf. */
function whyNotIssuer(issuer: Certificate, below: number): string | undefined {
  const { basicConstraints, keyUsage, version, flaw } = issuer
  const name = shortName(issuer.subject)
  if (flaw !== undefined) return `${name} may not issue certificates (${flaw})`
  if (keyUsage !== undefined && !keyUsage.includes('keyCertSign'))
    return `${name} may not issue certificates (key usage)`
  if (basicConstraints === undefined) {
    // Version 1 has no such field; a self-signed one counts as a CA, and one whose key usage says so.
    const isOldRoot = version === 1 && Buffer.compare(issuer.subject.encoded, issuer.issuer.encoded) === 0
    return isOldRoot || keyUsage !== undefined ? undefined : `${name} is not a CA (no basic constraints)`
  }
  if (!basicConstraints.isCa) return `${name} is not a CA (basic constraints)`
  if (basicConstraints.pathLength !== undefined && below > basicConstraints.pathLength) {
    return `${name} allows ${basicConstraints.pathLength} certificates below it, there are ${below}`
  }
  return undefined
}
