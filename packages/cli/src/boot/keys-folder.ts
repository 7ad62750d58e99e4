import { existsSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Certificate, encodePem, fingerprint } from '@firn/attest'
import { UserError } from '@firn/core'
import { makeFolder, writeFileAtomic } from '@firn/core/fs'

export const ROLES = ['PK', 'KEK', 'db'] as const
export type Role = (typeof ROLES)[number]

export interface KeyPair {
  readonly role: Role
  readonly privatePem: string
  readonly certificate: Certificate
}

/**
 * Of each pair ROLE.key for its owner alone, ROLE.pem and ROLE.cer; the answer is a line for each that tells of it. All or
 * none: a lost platform key locks its owner out, so nothing is written over, and a key that no certificate stands beside
 * is not left behind.
 */
export function writeKeyFolder(folder: string, pairs: readonly KeyPair[]): string[] {
  const isNew = makeFolder(folder, 0o700)
  const files = pairs.flatMap(({ role, privatePem, certificate }) => [
    { path: join(folder, `${role}.key`), content: privatePem, mode: 0o600 },
    { path: join(folder, `${role}.pem`), content: encodePem(certificate.encoded, 'CERTIFICATE'), mode: 0o644 },
    { path: join(folder, `${role}.cer`), content: certificate.encoded, mode: 0o644 },
  ])
  for (const { path } of files) refuseExisting(path)
  try {
    for (const { path, content, mode } of files) writeFileAtomic(path, content, mode)
  } catch (error) {
    for (const { path } of files) rmSync(path, { force: true })
    if (isNew) rmdirSync(folder)
    throw error
  }
  return pairs.map(
    ({ role, certificate }) =>
      `${join(folder, role)}.key, .pem, .cer: ${certificate.subject.text}, SHA-256 ${fingerprint(certificate)}`,
  )
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return
  throw new UserError(`${path} is there already`, 'move it away first, or choose another folder; keys are not replaced')
}
