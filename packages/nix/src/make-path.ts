import { createHash } from 'node:crypto'
import { UserError } from '@firn/core'
import { encodeBase32 } from './base32.ts'
import type { ContentAddress } from './content-address.ts'
import { formatHash } from './hash.ts'
import { isStorePathName } from './store-path.ts'
import { compareText, encodeText } from './text.ts'

/** What a store object refers to, as its path's hash takes it in: full paths but its own, and whether it names itself. */
export interface StoreReferences {
  readonly others: readonly string[]
  readonly self: boolean
}

const NO_REFERENCES: StoreReferences = { others: [], self: false }

/**
 * The path of a store object addressed by its content (Nix manual, "Store path protocol"): recomputed, it tells
 * whether a path is what its content address says. References that this way of addressing cannot have: UserError.
 */
export function makeContentAddressedPath(
  storeDir: string,
  name: string,
  { method, hash }: ContentAddress,
  references: StoreReferences = NO_REFERENCES,
): string {
  if (method === 'text') {
    if (hash.algorithm !== 'sha256' || references.self)
      throw impossible(name, 'a text is sha256 and cannot name itself')
    return makePath(storeDir, withReferences('text', references), formatHash(hash, 'base16'), name)
  }
  if (method === 'nar' && hash.algorithm === 'sha256') {
    return makePath(storeDir, withReferences('source', references), formatHash(hash, 'base16'), name)
  }
  if (references.self || references.others.length > 0) {
    throw impossible(name, `${method} ${hash.algorithm} has no references`)
  }
  const digest = sha256(`fixed:out:${FIXED_PREFIXES[method]}${formatHash(hash, 'base16')}:`).toString('hex')
  return makePath(storeDir, 'output:out', `sha256:${digest}`, name)
}

/** `NAME`, or `NAME-OUTPUT` for any output but `out`. */
export function outputPathName(name: string, output: string): string {
  return output === 'out' ? name : `${name}-${output}`
}

/** Shorten a digest to `size` bytes: each byte that is left over is folded in with xor. */
export function compressHash(bytes: Uint8Array, size: number): Uint8Array {
  const short = new Uint8Array(size)
  for (const [at, byte] of bytes.entries()) short[at % size]! ^= byte
  return short
}

const FIXED_PREFIXES = { flat: '', nar: 'r:', git: 'git:' } as const

function makePath(storeDir: string, type: string, digest: string, name: string): string {
  if (!isStorePathName(name)) throw impossible(name, 'it is no name of a store path')
  const hash = compressHash(sha256(`${type}:${digest}:${storeDir}:${name}`), 20)
  return `${storeDir}/${encodeBase32(hash)}-${name}`
}

function withReferences(type: string, { others, self }: StoreReferences): string {
  return [type, ...[...new Set(others)].sort(compareText), ...(self ? ['self'] : [])].join(':')
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(encodeText(text)).digest()
}

function impossible(name: string, why: string): UserError {
  return new UserError(
    `${JSON.stringify(name.slice(0, 250))} cannot be a store object: ${why}`,
    'what records it is damaged: verify the store',
  )
}
