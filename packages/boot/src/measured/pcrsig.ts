import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Signer } from '@firn/attest'
import { UserError } from '@firn/core'
import type { Bank, PhaseValue } from './pcr11.ts'

const BANK_IDS: Readonly<Record<Bank, number>> = { sha1: 0x0004, sha256: 0x000b, sha384: 0x000c, sha512: 0x000d }
/** PCR 11 by phase, as one bank of the TPM holds it. */
export interface BankValues {
  readonly bank: Bank
  readonly values: readonly PhaseValue[]
}

interface SignedPolicy {
  readonly pcrs: readonly number[]
  readonly pkfp: string
  readonly pol: string
  readonly sig: string
}

const POLICY_PCR = 0x0000_017f
const PCR = 11

/**
 * The policy digest that a TPM arrives at by TPM2_PolicyPCR over PCR 11 of one bank with that value (TPM 2.0 Library,
 * part 3, 23.7): SHA-256 over the old digest (zeros), the command's code, which registers, and the hash of their values.
 */
export function policyDigest(bank: Bank, value: Uint8Array): Uint8Array {
  // One selection: the bank, then three bytes of a bitmap.
  const selection = Buffer.alloc(14)
  selection.writeUInt32BE(POLICY_PCR, 0)
  selection.writeUInt32BE(1, 4)
  selection.writeUInt16BE(BANK_IDS[bank], 8)
  selection.set([3, 0, 1 << (PCR % 8), 0], 10)
  const values = createHash('sha256').update(value).digest()
  return createHash('sha256').update(new Uint8Array(32)).update(selection).update(values).digest()
}

/**
 * A `.pcrsig` (systemd-measure(1), `sign`): for each phase the policy digest, signed. What is sealed to the key opens when
 * PCR 11 has one of these values, so that a new kernel needs no new sealing. No TPM is needed to make it. Errors: a key
 * that is not RSA.
 *
 * Every signature is over SHA-256, whatever the bank: systemd unseals by asking the TPM for just that (tpm2-util.c).
 * systemd-measure signs each bank with the bank's own hash, which the TPM then does not take for the other banks.
 */
export async function signPcrPolicies(banks: readonly BankValues[], signer: Signer): Promise<string> {
  if (signer.publicKey.asymmetricKeyType !== 'rsa') {
    throw new UserError('the policy key must be RSA', 'make one: firn boot keys create --only db --kind rsa-2048')
  }
  const pkfp = fingerprint(signer.publicKey)
  const signed: Partial<Record<Bank, SignedPolicy[]>> = {}
  for (const { bank, values } of banks) {
    const policies: SignedPolicy[] = []
    for (const { value } of values) {
      const digest = policyDigest(bank, value)
      const sig = Buffer.from(await signer.sign(digest)).toString('base64')
      policies.push({ pcrs: [PCR], pkfp, pol: Buffer.from(digest).toString('hex'), sig })
    }
    signed[bank] = policies
  }
  return `${JSON.stringify(signed)}\n`
}

/** The key of a `.pcrpkey`, and how a `.pcrsig` names it: SHA-256 of its PKCS#1 form. Errors: not the PEM of an RSA key. */
export function parsePolicyKey(pem: string): { readonly key: KeyObject; readonly fingerprint: string } {
  try {
    const key = createPublicKey(pem)
    return { key, fingerprint: fingerprint(key) }
  } catch {
    throw new UserError('the key of its PCR policies is no RSA key in PEM', 'build it anew')
  }
}

/** Whether a `.pcrsig` holds a policy for PCR 11 of that value in a bank, signed by that key. Other content: no. */
export function hasPolicyFor(pcrsig: string, key: KeyObject, bank: Bank, value: Uint8Array): boolean {
  const digest = Buffer.from(policyDigest(bank, value))
  const pkfp = fingerprint(key)
  return policiesOf(pcrsig, bank).some(
    ({ pcrs, pkfp: by, pol, sig }) =>
      Array.isArray(pcrs) &&
      pcrs.length === 1 &&
      pcrs[0] === PCR &&
      by === pkfp &&
      pol === digest.toString('hex') &&
      typeof sig === 'string' &&
      verify('sha256', digest, key, Buffer.from(sig, 'base64')),
  )
}

function policiesOf(pcrsig: string, bank: Bank): Partial<Record<keyof SignedPolicy, unknown>>[] {
  try {
    const list: unknown = JSON.parse(pcrsig)?.[bank]
    return Array.isArray(list) ? list.filter((policy) => typeof policy === 'object' && policy !== null) : []
  } catch {
    return []
  }
}

function fingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'pkcs1', format: 'der' }))
    .digest('hex')
}
