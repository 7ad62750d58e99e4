import { UserError } from '@firn/core'
import {
  type ContentAddress,
  formatHash,
  makeContentAddressedPath,
  type PathInfo,
  parseContentAddress,
  parseHash,
  parseStorePath,
} from '@firn/nix/store'
import type { Fault } from './finding.ts'

/** How the contents of a path that is addressed by them must be hashed to compare them with its address. */
export interface ContentPlan {
  /** `flat` the one file's bytes; `nar` the NAR; `modulo` the NAR without the path's own hash part. */
  readonly how: 'flat' | 'nar' | 'modulo'
  readonly algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512'
  /** Base16. Undefined for a `.drv` without a recorded address: then the path itself is what must come out. */
  readonly expected: string | undefined
  readonly hashPart: string
}

/** What a path's record says of its content address: a plan to check it, or a fault of the record itself. */
export function planContent(info: PathInfo): { readonly plan?: ContentPlan; readonly fault?: Fault } {
  const { storeDir, hash: hashPart, name } = parseStorePath(info.path)
  if (info.ca === undefined) {
    // Derivations are texts: their paths tell what must be in them, recorded or not.
    if (!name.endsWith('.drv')) return {}
    return { plan: { how: 'flat', algorithm: 'sha256', expected: undefined, hashPart } }
  }
  let address: ContentAddress
  let path: string
  const self = info.references.includes(info.path)
  try {
    address = parseContentAddress(info.ca)
    const others = info.references.filter((reference) => reference !== info.path)
    path = makeContentAddressedPath(storeDir, name, address, { others, self })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { fault: mismatch('has a content address that no store object can have', [error.message]) }
  }
  if (path !== info.path) {
    const evidence = [`the database says ${info.ca}`, `of which the path would be ${path}`]
    return { fault: mismatch('has another content address in the database than its path was made of', evidence) }
  }
  const { algorithm } = address.hash
  if (address.method === 'git' || algorithm === 'blake3') {
    const message = `is addressed by content in a way that is not checked (${info.ca.split(':', 3).join(':')})`
    return { fault: { rule: 'store/ca-unchecked', level: 'note', message } }
  }
  const expected = Buffer.from(address.hash.bytes).toString('hex')
  const how = address.method === 'nar' ? (self ? 'modulo' : 'nar') : 'flat'
  return { plan: { how, algorithm, expected, hashPart } }
}

/** Whether the plan needs more than the SHA-256 of the NAR, which is computed anyway. */
export function needsSecondHash({ how, algorithm }: ContentPlan): boolean {
  return how !== 'nar' || algorithm !== 'sha256'
}

/** Compare what was computed (base16) with the plan. */
export function judgeContent(info: PathInfo, plan: ContentPlan, computed: string, isFile: boolean): Fault | undefined {
  if (plan.how === 'flat' && !isFile) {
    return mismatch('should be one plain file by its content address, and is not', [])
  }
  if (plan.expected !== undefined) {
    if (computed === plan.expected) return undefined
    return mismatch('does not hold what its content address says, though the database has its hash', [
      `content address: ${info.ca}`,
      `contents: ${plan.algorithm}:${computed}`,
    ])
  }
  const { storeDir, name } = parseStorePath(info.path)
  const hash = parseHash(`sha256:${computed}`)
  const path = makeContentAddressedPath(
    storeDir,
    name,
    { method: 'text', hash },
    { others: info.references, self: false },
  )
  if (path === info.path) return undefined
  return mismatch('is a derivation whose path was not made of these contents and references', [
    `contents: ${formatHash(hash, 'base32')}`,
    `of which the path would be ${path}`,
  ])
}

function mismatch(message: string, evidence: readonly string[]): Fault {
  return { rule: 'store/ca-mismatch', level: 'error', message, evidence }
}
