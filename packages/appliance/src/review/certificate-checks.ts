import { type Certificate, describeKey, publicKeyOf, shortName, weakness } from '@firn/attest/verify'
import type { Finding } from '@firn/report'
import { MICROSOFT_AUTHORITIES, MOST_YEARS } from './known.ts'
import { reviewFinding } from './program-checks.ts'
import type { ReviewedShim, ReviewSubject } from './subject.ts'

const YEAR_MS = 365.25 * 24 * 3600 * 1000

export function isAuthority({ basicConstraints }: Certificate): boolean {
  return basicConstraints?.isCa === true
}

/** A certificate in one line: who, of what kind, with which key, how long. */
export function describeCertificate(certificate: Certificate): string {
  const { subject, basicConstraints, notBefore, notAfter } = certificate
  const kind =
    basicConstraints === undefined ? 'without basic constraints' : basicConstraints.isCa ? 'an authority' : 'a leaf'
  const days = [notBefore, notAfter].map((date) => date.toISOString().slice(0, 10))
  return `${subject.text}: ${kind}, ${describeKey(publicKeyOf(certificate))}, ${days[0]} to ${days[1]}`
}

/** What is wrong with the certificates in the shim, and with who signed the shim itself. */
export function checkCertificates({ shim, organization, now }: ReviewSubject): Finding[] {
  return [
    ...shim.certificates.flatMap((certificate) =>
      problemsOf(certificate, organization, now).map(([level, message, remedy]) =>
        reviewFinding('certificate', level, shim.name, `${shortName(certificate.subject)}: ${message}`, remedy),
      ),
    ),
    ...(shim.certificates.length === 0
      ? [
          reviewFinding(
            'certificate',
            'error',
            shim.name,
            'it trusts no certificate of yours',
            'build it with VENDOR_CERT_FILE',
          ),
        ]
      : []),
    ...signedByOld(shim),
  ]
}

type Problem = readonly [level: Finding['level'], message: string, remedy: string]

function problemsOf(certificate: Certificate, organization: string | undefined, now: Date): Problem[] {
  const { basicConstraints, notBefore, notAfter, keyUsage, subject } = certificate
  const weak = weakness(publicKeyOf(certificate))
  const years = (notAfter.getTime() - notBefore.getTime()) / YEAR_MS
  const most = isAuthority(certificate) ? MOST_YEARS.authority : MOST_YEARS.leaf
  const anew = 'make it anew: firn boot keys create'
  return [
    ...(weak === undefined ? [] : [['error', weak, anew] as const]),
    ...(now > notAfter || now < notBefore ? [['error', 'it is not valid today', anew] as const] : []),
    ...(years <= most + 0.1
      ? []
      : [['note', `it is valid for ${Math.round(years)} years; reviewers expect ${most} at most`, anew] as const]),
    ...(basicConstraints === undefined
      ? [['warning', 'it does not say whether it is an authority (basic constraints)', anew] as const]
      : []),
    ...(isAuthority(certificate) && keyUsage !== undefined && !keyUsage.includes('keyCertSign')
      ? [['warning', 'an authority whose key usage does not let it sign certificates', anew] as const]
      : []),
    ...(organization === undefined || subject.text.toLowerCase().includes(organization.toLowerCase())
      ? []
      : [['warning', `it is of ${subject.text}, not of ${organization}`, 'say why in the application'] as const]),
  ]
}

/** A shim that was signed before, by the authority that firmware sold today may not have any more. */
function signedByOld(shim: ReviewedShim): Finding[] {
  const authorities = microsoftAuthorities(shim)
  if (!authorities.includes('old') || authorities.includes('current')) return []
  const message = `it is signed under ${MICROSOFT_AUTHORITIES.old} only: firmware that has just the authority of 2023 refuses it`
  return [
    reviewFinding(
      'old-authority',
      'warning',
      shim.name,
      message,
      'have it signed again: Microsoft signs under that of 2023',
    ),
  ]
}

/** Which of Microsoft's authorities issued what signed the shim. */
export function microsoftAuthorities({ program }: ReviewedShim): ('old' | 'current')[] {
  const issuers = program.image.signatures.flatMap(({ certificates }) =>
    certificates.map(({ issuer }) => shortName(issuer)),
  )
  return (['old', 'current'] as const).filter((which) => issuers.includes(MICROSOFT_AUTHORITIES[which]))
}
