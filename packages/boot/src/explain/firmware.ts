import { fingerprint, shortName } from '@firn/attest'
import { UserError } from '@firn/core'
import { type Admission, admit, forbiddenBy, NO_TRUST, type Trust, trustOf } from '../authenticode/admit.ts'
import { parseSignatureLists, type SignatureList } from '../efivars/signature-list.ts'
import { type EfiVariable, variable } from '../efivars/variable.ts'
import { whyNotLoadable } from './loadable.ts'
import type { Architecture, Program } from './program.ts'
import type { ShimMeasure } from './shim-measures.ts'

/** Whether firmware looks at signatures at all (EDK2's rule, out of the variables that it keeps). */
export interface SecureBoot {
  readonly isOn: boolean
  readonly reason: string
}

/** One decision: does this verifier start that program? */
export interface Decision {
  readonly runs: boolean
  readonly reason: string
  /** What decided: the key or hash that admits. */
  readonly by?: DecidingKey
  /** Of shim: what it measures then. */
  readonly measures?: readonly ShimMeasure[]
}

export interface DecidingKey {
  readonly kind: 'certificate' | 'hash'
  /** Where it stands: db, MokList, the vendor certificate of shim. */
  readonly from: string
  readonly subject?: string
  /** Of the certificate, or the Authenticode hash; hex. */
  readonly sha256: string
}

export interface Firmware {
  readonly secureBoot: SecureBoot
  readonly architecture: Architecture
  readonly db: readonly SignatureList[]
  readonly dbx: readonly SignatureList[]
  decide(program: Program): Decision
}

export function firmwareOf(variables: readonly EfiVariable[], architecture: Architecture): Firmware {
  const secureBoot = secureBootOf(variables)
  const db = listsOf(variables, 'db')
  const dbx = listsOf(variables, 'dbx')
  const trust: Trust = { ...trustOf(db.lists, 'db'), forbidden: forbiddenBy(dbx.lists) }
  return {
    secureBoot,
    architecture,
    db: db.lists,
    dbx: dbx.lists,
    decide: (program) => {
      const cannot = whyNotLoaded(program, architecture)
      if (cannot !== undefined) return { runs: false, reason: cannot }
      if (!secureBoot.isOn) return { runs: true, reason: `Secure Boot is off: ${secureBoot.reason}` }
      // A dbx that firmware cannot walk forbids everything; such a db allows nothing.
      if (dbx.problem !== undefined) return { runs: false, reason: `dbx cannot be read: ${dbx.problem}` }
      return decisionOf(admit(program.image, db.problem === undefined ? trust : NO_TRUST), program)
    },
  }
}

/**
 * Of the next start (EDK2, AuthVariableLib): a platform key makes user mode, and in it SecureBootEnable decides, on by
 * default. A running system does not see that switch; SecureBoot tells it of the start before, so after keys were put in a 0
 * there says nothing, and a start that is refused is the safer answer.
 */
export function secureBootOf(variables: readonly EfiVariable[]): SecureBoot {
  if ((variable(variables, 'PK')?.data.length ?? 0) === 0) {
    return { isOn: false, reason: 'there is no platform key (setup mode)' }
  }
  const enable = variable(variables, 'SecureBootEnable')?.data[0]
  if (enable === 0) return { isOn: false, reason: 'it was switched off (SecureBootEnable is 0)' }
  if (enable === undefined && variable(variables, 'SecureBoot')?.data[0] === 0) {
    return {
      isOn: true,
      reason: 'there is a platform key; it was off at the last start, and stays so only if the firmware’s menu says it',
    }
  }
  return { isOn: true, reason: 'there is a platform key' }
}

export function whyNotLoaded({ architecture, image, source }: Program, wanted: Architecture): string | undefined {
  if (architecture !== wanted) {
    return `it is for ${architecture ?? `machine 0x${image.pe.machine.toString(16)}`}, the firmware is ${wanted}`
  }
  const { subsystem } = image.pe
  if (subsystem < 10 || subsystem > 12) return `it is no EFI program (subsystem ${subsystem})`
  return whyNotLoadable(source, image.pe)
}

/** The lists of a key variable, or why they cannot be read. */
export function listsOf(
  variables: readonly EfiVariable[],
  name: string,
): { readonly lists: readonly SignatureList[]; readonly problem?: string } {
  const data = variable(variables, name)?.data ?? new Uint8Array()
  try {
    return { lists: parseSignatureLists(data) }
  } catch (error) {
    if (error instanceof UserError) return { lists: [], problem: error.message }
    throw error
  }
}

export function decisionOf(admission: Admission, { image }: Pick<Program, 'image'>): Decision {
  if (!admission.admitted) return { runs: false, reason: admission.reason }
  const { by, reason } = admission
  const key: DecidingKey =
    by.kind === 'hash'
      ? { kind: 'hash', from: by.from, sha256: Buffer.from(image.sha256).toString('hex') }
      : {
          kind: 'certificate',
          from: by.from,
          subject: shortName(by.certificate.subject),
          sha256: fingerprint(by.certificate),
        }
  return { runs: true, reason, by: key }
}
