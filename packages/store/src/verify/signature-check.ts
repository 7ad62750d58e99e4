import { UserError } from '@firn/core'
import { fingerprint, type PathInfo, type TrustedKey, verifySignature } from '@firn/nix/store'
import type { Fault } from './finding.ts'

/** On which terms signatures are judged. */
export interface SignaturePolicy {
  /** Only what was named is trusted: neither nix.conf nor the store's own keys are asked. */
  readonly keys: readonly TrustedKey[]
  /** Only a signature by one of the keys, or contents that are the address, will do. */
  readonly required: boolean
}

export interface SignatureVerdict {
  /** Whether a trusted key vouches for what the database says of the path. */
  readonly trusted: boolean
  readonly fault?: Fault
}

/**
 * Does anybody vouch for what the database says of a path? Whoever can write the database can write any hash; a
 * signature by a key that is not on this machine cannot be made up. `ultimate` only says that it was built here.
 */
export function judgeSignatures(info: PathInfo, { keys, required }: SignaturePolicy): SignatureVerdict {
  const signatures = info.signatures ?? []
  if (keys.length > 0 && signatures.length > 0) {
    const signed = signedText(info)
    if (
      signed !== undefined &&
      signatures.some((signature) => verifySignature(signed, signature, keys) !== undefined)
    ) {
      return { trusted: true }
    }
    const ours = signatures.filter((signature) => keys.some(({ name }) => signature.startsWith(`${name}:`)))
    if (ours.length > 0) {
      return {
        trusted: false,
        fault: {
          rule: 'store/signature',
          level: 'error',
          message: 'is signed by a trusted key, but not with the hash, size and references that the database now has',
          evidence: [...ours.map((signature) => `signature ${signature}`), `recorded: ${signed ?? 'no size'}`],
          repair: [`nix-store --repair-path ${info.path}`],
        },
      }
    }
  }
  // Contents that are their own address are checked against it, which is more than a signature says.
  if (info.ca !== undefined) return { trusted: false }
  return { trusted: false, ...unsigned(info, signatures, keys.length > 0, required) }
}

function unsigned(
  info: PathInfo,
  signatures: readonly string[],
  judged: boolean,
  required: boolean,
): { readonly fault?: Fault } {
  if (info.path.endsWith('.drv')) return {}
  const by = signatures.length === 0 ? 'by nobody' : `only by ${signatures.map(keyName).join(', ')}`
  if (required) {
    const message = `is not signed by a trusted key (${by}${info.ultimate === true ? '; it was built here' : ''})`
    return { fault: { rule: 'store/signature', level: 'error', message } }
  }
  if (judged && signatures.length > 0 && info.ultimate !== true) {
    const message = `is signed ${by}, which is no key that was given`
    return { fault: { rule: 'store/signature', level: 'warning', message } }
  }
  if (signatures.length > 0) return {}
  if (info.ultimate === true) {
    if (!judged) return {}
    const message = 'was built here and is signed by nobody: only the database says what it should be'
    return { fault: { rule: 'store/unsigned-local', level: 'note', message } }
  }
  const message =
    'was not built here, is signed by nobody and not addressed by its contents: nothing says where it is from'
  return { fault: { rule: 'store/unsigned', level: judged ? 'warning' : 'note', message } }
}

function signedText(info: PathInfo): string | undefined {
  try {
    return fingerprint(info)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

function keyName(signature: string): string {
  return signature.slice(0, Math.max(0, signature.indexOf(':'))).slice(0, 60)
}
