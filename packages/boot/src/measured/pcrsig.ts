import { createHash } from 'node:crypto'
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
  const spki = signer.publicKey.export({ type: 'pkcs1', format: 'der' })
  const pkfp = createHash('sha256').update(spki).digest('hex')
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
