import { UserError } from '@firn/core'
import { type Certificate, parseCertificate } from './x509.ts'

/** The DER inside each PEM block with that label (RFC 7468), in order. */
export function decodePem(text: string, label: string): Uint8Array[] {
  const blocks = text.matchAll(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, 'g'))
  return [...blocks].map((block) => Buffer.from(block[1]!, 'base64'))
}

export function encodePem(der: Uint8Array, label: string): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** The certificates of a file: PEM (one or several) or one in DER. At least one, or a UserError. */
export function readCertificates(bytes: Uint8Array): Certificate[] {
  if (bytes[0] === 0x30) return [parseCertificate(bytes)]
  const found = decodePem(Buffer.from(bytes).toString('latin1'), 'CERTIFICATE')
  if (found.length > 0) return found.map(parseCertificate)
  throw new UserError('no certificate', 'give an X.509 certificate, in PEM (-----BEGIN CERTIFICATE-----) or DER')
}
