import { chainTo, parseCertificate } from '../../src/index.ts'
import { CA, identity } from '../authority.ts'

const root = await identity('root', { ...CA, pathLength: 3 }, undefined, 'ec-p256')
const leaf = await identity('leaf', { organization: 'x', extendedKeyUsage: ['1.2.3'] }, root, 'ec-p256')
const rsa = await identity('rsa', CA)

export const corpus = [root, leaf, rsa].map(({ certificate }) => certificate.encoded)

export function target(bytes: Uint8Array): void {
  const certificate = parseCertificate(bytes)
  chainTo(certificate, [certificate], [root.certificate])
  chainTo(leaf.certificate, [certificate], [certificate])
}
