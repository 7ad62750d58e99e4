import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Certificate, encodePem, fingerprint } from '@firn/attest'
import { UserError } from '@firn/core'
import { diskError, writeFileAtomic } from '@firn/core/fs'

export const ROLES = ['PK', 'KEK', 'db'] as const
export type Role = (typeof ROLES)[number]

/** A folder for keys, and the certainty that none is in it that would be written over. */
export function makeKeyFolder(folder: string, roles: readonly Role[]): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw diskError(folder, error)
  }
  for (const role of roles) {
    for (const suffix of ['key', 'pem', 'cer']) refuseExisting(join(folder, `${role}.${suffix}`))
  }
}

/** ROLE.key for its owner alone, ROLE.pem and ROLE.cer; the answer is a line that tells of them. */
export function writeKeyPair(folder: string, role: Role, privatePem: string, certificate: Certificate): string {
  writeFileAtomic(join(folder, `${role}.key`), privatePem, 0o600)
  writeFileAtomic(join(folder, `${role}.pem`), encodePem(certificate.encoded, 'CERTIFICATE'))
  writeFileAtomic(join(folder, `${role}.cer`), certificate.encoded)
  return `${join(folder, role)}.key, .pem, .cer: ${certificate.subject.text}, SHA-256 ${fingerprint(certificate)}\n`
}

/** A lost platform key locks its owner out: nothing here ever replaces one. */
function refuseExisting(path: string): void {
  if (!existsSync(path)) return
  throw new UserError(`${path} is there already`, 'move it away first, or choose another folder; keys are not replaced')
}
