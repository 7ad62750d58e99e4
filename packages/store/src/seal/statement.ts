import { UserError } from '@firn/core'
import { isStorePath } from '@firn/nix/tree'
import { damaged, isSize } from './tree.ts'

/** DSSE's type of an in-toto statement (in-toto/attestation, spec v1), and what kind of statement a seal is. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
const PREDICATE_TYPE = 'urn:firn:store-seal:1'

/** From a generation on, a key's signature counts for nothing. */
export interface Revocation {
  /** The key's id: SHA-256 of its SubjectPublicKeyInfo, hex. */
  readonly key: string
  /** The last generation that it may have signed. */
  readonly after: number
}

/** What whoever seals a store says, and signs. */
export interface SealStatement {
  readonly storeDir: string
  /** The paths whose closure this is; none: it is the whole store. */
  readonly roots: readonly { readonly path: string; readonly narHash: string }[]
  /** Counts up; a seal with a lower one than was seen before is a rollback. */
  readonly generation: number
  /** Head of the Merkle tree over all paths, hex. */
  readonly root: string
  readonly paths: number
  readonly files: number
  /** Of the NARs. */
  readonly bytes: number
  /** When it was made, as whoever made it says: nothing rests on it. */
  readonly created?: string
  readonly revoked: readonly Revocation[]
}

/** The bytes to sign: the same words give the same bytes. */
export function printStatement(statement: SealStatement): Uint8Array {
  const { storeDir, roots, generation, root, paths, files, bytes, created, revoked } = statement
  const subject =
    roots.length === 0
      ? [{ name: storeDir, digest: { firnSeal: root } }]
      : roots.map(({ path, narHash }) => ({ name: path, digest: { narSha256: narHash } }))
  const predicate = {
    storeDir,
    generation,
    root,
    paths,
    files,
    bytes,
    ...(created !== undefined && { created }),
    ...(revoked.length > 0 && { revoked: revoked.map(({ key, after }) => ({ key, after })) }),
  }
  return Buffer.from(JSON.stringify({ _type: STATEMENT_TYPE, subject, predicateType: PREDICATE_TYPE, predicate }))
}

/** Read what was signed. A statement of another kind, or with words missing, is a UserError. */
export function parseStatement(payload: Uint8Array): SealStatement {
  const json = objectOf(parseJson(payload), 'the statement')
  if (json._type !== STATEMENT_TYPE || json.predicateType !== PREDICATE_TYPE) {
    throw new UserError(
      `not a seal: the statement is a ${String(json.predicateType).slice(0, 100)}`,
      'give a file that firn store seal made',
    )
  }
  const predicate = objectOf(json.predicate, 'the predicate')
  const { storeDir, generation, root, paths, files, bytes, created, revoked = [] } = predicate
  if (typeof storeDir !== 'string' || !storeDir.startsWith('/') || !isHex(root)) throw damaged('the store or its root')
  if (![generation, paths, files, bytes].every(isSize) || (generation as number) < 1) throw damaged('a number')
  if (created !== undefined && (typeof created !== 'string' || created.length > 40)) throw damaged('the date')
  return {
    storeDir,
    roots: rootsOf(json.subject, storeDir, root),
    generation: generation as number,
    root,
    paths: paths as number,
    files: files as number,
    bytes: bytes as number,
    ...(created !== undefined && { created }),
    revoked: arrayOf(revoked, 'what is revoked').map((entry) => {
      const { key, after } = objectOf(entry, 'what is revoked')
      if (!isHex(key) || !isSize(after)) throw damaged('what is revoked')
      return { key, after }
    }),
  }
}

function rootsOf(subject: unknown, storeDir: string, root: string): SealStatement['roots'] {
  const subjects = arrayOf(subject, 'the subject').map((entry) => objectOf(entry, 'the subject'))
  if (subjects.length === 1 && subjects[0]!.name === storeDir) {
    if (objectOf(subjects[0]!.digest, 'the subject').firnSeal !== root) throw damaged('the subject')
    return []
  }
  if (subjects.length === 0) throw damaged('the subject')
  return subjects.map(({ name, digest }) => {
    const { narSha256 } = objectOf(digest, 'the subject')
    if (typeof name !== 'string' || !isStorePath(name, storeDir) || !isHex(narSha256)) throw damaged('the subject')
    return { path: name, narHash: narSha256 }
  })
}

export function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

export function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(what)
  return value as Record<string, unknown>
}

export function arrayOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged(what)
  return value
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch {
    throw damaged('JSON')
  }
}
