import {
  type Certificate,
  type CertificateWords,
  createCertificate,
  generateKey,
  type KeyKind,
  pemSigner,
  type Signer,
} from '../src/index.ts'

/** A certificate with its key, for tests. */
export interface Identity {
  readonly certificate: Certificate
  readonly signer: Signer
  readonly privatePem: string
}

export const YEARS = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2046-01-01T00:00:00Z') }

/** A new identity, signed by `issuer` or by itself. */
export async function identity(
  commonName: string,
  words: Partial<CertificateWords> = {},
  issuer?: Identity,
  kind: KeyKind = 'rsa-2048',
): Promise<Identity> {
  const { privatePem } = generateKey(kind)
  const signer = pemSigner(privatePem)
  const certificate = await createCertificate(
    { commonName, publicKey: signer.publicKey, ...YEARS, isCa: false, keyUsage: ['digitalSignature'], ...words },
    issuer?.signer ?? signer,
    issuer?.certificate,
  )
  return { certificate, signer, privatePem }
}

export const CA = { isCa: true, keyUsage: ['keyCertSign', 'cRLSign'] } as const
