import { type Certificate, parseCertificate } from '@firn/attest/verify'
import { UserError } from '@firn/core'
import {
  type Admission,
  admit,
  type Forbidden,
  forbiddenBy,
  NO_TRUST,
  type Trust,
  trustOf,
} from '../authenticode/admit.ts'
import { SIGNATURE_TYPE, type SignatureEntry, type SignatureList } from '../efivars/signature-list.ts'
import { type EfiVariable, variable } from '../efivars/variable.ts'
import { revokedBy, type SbatLevel } from '../sbat.ts'
import { type Decision, decisionOf, type Firmware, whyNotLoaded } from './firmware.ts'
import type { Program } from './program.ts'
import { type LevelInForce, levelInForce } from './sbat-level.ts'
import { type ShimLists, shimLists } from './shim-lists.ts'
import { authorityMeasure, type ListName, type ShimMeasure, stateMeasures } from './shim-measures.ts'
import { isAtLeast, type ShimVersion, shimVersion } from './shim-version.ts'

/** What a shim of that build, on that machine, starts (shim.c, verify.c and loader-proto.c, versions 15.3 to 16.1). */
export interface Shim {
  readonly version: ShimVersion | undefined
  /** Why shim stops before it looks at anything: its own SBAT is revoked. */
  readonly refusal?: string
  readonly level: LevelInForce
  /** Whoever it starts loads programs through it alone (since 16): the firmware is not asked any more. */
  readonly loads: boolean
  /** What shim loads itself needs a `.sbat`; what others ask it about (its protocol) does not. */
  decide(program: Program, how: How): Decision
  /**
   * Of the kernel inside of a unified image that shim let pass: as long as it is in memory, so the stub hands it over.
   * `isSeen`: it lies in a section of the kind that shim remembers.
   */
  decideInner(kernel: Program, isSeen: boolean): { readonly decision: Decision; readonly isKnown: boolean }
  /** What it measures of its state before it starts anything; undefined for a version of which that is not known here. */
  readonly measures: readonly ShimMeasure[] | undefined
  readonly notes: readonly string[]
}

type How = 'loaded by shim' | 'through its protocol'

/** A certificate with this extended key usage signs kernel modules, and nothing that shim would start. */
const MODULE_SIGNING_ONLY = '1.3.6.1.4.1.2312.16.1.2'

export function shimOf(program: Program, told: readonly EfiVariable[], firmware: Firmware): Shim {
  const { isOn, reason } = firmware.secureBoot
  const lists = shimLists(program, told)
  const { variables } = lists
  const level = levelInForce(program, variables, isOn)
  const version = shimVersion(program)
  const isSet = (name: string) => !lists.mok.deleted.has(name) && variable(variables, name)?.data[0] === 1
  const isOff = isSet('MokSBState')
  const trust = trustOfShim(lists, firmware, isSet('MokDBState'))
  const refusal = lists.problem ?? ownRefusal(program, level.levels)
  const { allowed, forbidden } = lists.vendor
  const decide = (other: Program, how: How): Decision => {
    const cannot = whyNotLoaded(other, firmware.architecture)
    if (cannot !== undefined) return { runs: false, reason: cannot }
    if (!isOn) return { runs: true, reason: `Secure Boot is off: ${reason}` }
    if (isOff) return { runs: true, reason: 'shim’s checks are switched off (MokSBState)' }
    const revoked = whyRevoked(other, level.levels, how)
    if (revoked !== undefined) return { runs: false, reason: revoked }
    const decision = decisionOf(admitAsShim(other, trust), other)
    return decision.runs ? { ...decision, measures: authoritiesOf(other, trust) } : decision
  }
  return {
    version,
    ...(refusal !== undefined && isOn && { refusal }),
    level,
    // One that was built to trust nobody leaves loading to the firmware.
    loads: isOn && !isOff && isAtLeast(version, 16, 0) && allowed.length + forbidden.length > 0,
    decide,
    decideInner: (kernel, isSeen) => {
      const isKnown = isSeen && isAtLeast(version, 16, 1)
      const behind = behindSignature(kernel)
      if (behind > 0) return { isKnown, decision: { runs: false, reason: whyBehind(behind) } }
      const decision = isKnown ? decideKnown(kernel, trust, level.levels) : decide(kernel, 'through its protocol')
      return { isKnown, decision }
    },
    measures: isAtLeast(version, 15, 8) ? stateMeasures(lists, variables, level.data) : undefined,
    notes: [...lists.notes, ...(isSet('MokDBState') ? ['shim does not look at db (MokDBState)'] : [])],
  }
}

interface ShimTrust extends Trust {
  /** The lists in the order in which shim looks through them, as it names them. */
  readonly named: readonly { readonly name: ListName; readonly lists: readonly SignatureList[] }[]
}

function trustOfShim({ vendor, mok }: ShimLists, firmware: Firmware, ignoresDb: boolean): ShimTrust {
  const [db, own, mine] = [firmware.db, vendor.allowed, mok.allowed].map(firstOfEach) as [Lists, Lists, Lists]
  const allowed = [
    ...(ignoresDb ? [] : [trustOf(db, 'db')]),
    trustOf(own, 'the vendor certificate of shim'),
    trustOf(mine, 'MokList'),
  ]
  const named = [
    ...(ignoresDb ? [] : [{ name: 'db', lists: db } as const]),
    ...(vendor.isCertificate ? [] : [{ name: 'vendor_db', lists: own } as const]),
    { name: 'MokListRT', lists: [...own, ...mine] } as const,
  ]
  return {
    named,
    certificates: allowed.flatMap(({ certificates }) => certificates).filter(({ certificate }) => maySign(certificate)),
    hashes: new Map(allowed.flatMap(({ hashes }) => [...hashes]).toReversed()),
    forbidden: forbiddenByShim([...vendor.forbidden, ...firmware.dbx, ...mok.forbidden]),
  }
}

type Lists = readonly SignatureList[]

/** Of a list of certificates shim looks at the first alone (verify.c, check_db_cert_in_ram). */
function firstOfEach(lists: Lists): Lists {
  return lists.map((list) =>
    list.type === SIGNATURE_TYPE.x509 ? { ...list, entries: list.entries.slice(0, 1) } : list,
  )
}

/** It knows no hashes of certificates, as firmware does. */
function forbiddenByShim(lists: Lists): Forbidden {
  return { ...forbiddenBy(firstOfEach(lists)), certificateHashes: new Set() }
}

/**
 * Shim's order is another than the firmware's: a forbidden hash, then an allowed hash, then one good signature is enough.
 * A forbidden certificate makes its own signature worthless, not those beside it.
 */
function admitAsShim({ image }: Program, trust: Trust): Admission {
  if (image.refusal !== undefined) return { admitted: false, reason: image.refusal }
  const hash = hashOf(image)
  if (trust.forbidden.hashes.has(hash)) return { admitted: false, reason: `its hash is forbidden: ${hash}` }
  const from = trust.hashes.get(hash)
  if (from !== undefined) return { admitted: true, reason: `its hash stands in ${from}`, by: { kind: 'hash', from } }
  const withoutHashes = { ...trust, hashes: NO_TRUST.hashes }
  const reasons: string[] = []
  for (const signature of image.signatures) {
    const admission = admit({ ...image, signatures: [signature] }, withoutHashes)
    if (admission.admitted) return admission
    reasons.push(admission.reason)
  }
  return { admitted: false, reason: reasons.length === 0 ? 'it is not signed' : reasons.join('; ') }
}

/** The entries by which it admits a program: the first with its hash, or for each of its signatures the first that fits. */
function authoritiesOf({ image }: Program, trust: ShimTrust): ShimMeasure[] {
  const ofType = (wanted: string) =>
    trust.named.flatMap(({ name, lists }) =>
      lists.filter(({ type }) => type === wanted).flatMap(({ entries }) => entries.map((entry) => ({ name, entry }))),
    )
  const hash = hashOf(image)
  const byHash = ofType(SIGNATURE_TYPE.sha256).find(({ entry }) => Buffer.from(entry.data).toString('hex') === hash)
  if (byHash !== undefined) return [authorityMeasure(byHash.name, byHash.entry)]
  const certificates = ofType(SIGNATURE_TYPE.x509)
  return image.signatures.flatMap((signature) => {
    const alone = { ...image, signatures: [signature] }
    const found = certificates.find(({ name, entry }) => {
      const certificate = readable(entry)
      if (certificate === undefined || !maySign(certificate)) return false
      const only = { certificates: [{ certificate, from: name }], hashes: NO_TRUST.hashes, forbidden: trust.forbidden }
      return admit(alone, only).admitted
    })
    return found === undefined ? [] : [authorityMeasure(found.name, found.entry)]
  })
}

function readable({ data }: SignatureEntry): Certificate | undefined {
  try {
    return parseCertificate(data)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** What shim saw as a section of a program that it let pass: only what is forbidden or revoked stops it (since 16.1). */
function decideKnown(kernel: Program, { forbidden }: Trust, levels: readonly SbatLevel[]): Decision {
  const hash = hashOf(kernel.image)
  if (forbidden.hashes.has(hash)) return { runs: false, reason: `its hash is forbidden: ${hash}` }
  const revoked = whyRevoked(kernel, levels, 'through its protocol')
  if (revoked !== undefined) return { runs: false, reason: revoked }
  return { runs: true, reason: 'it is part of an image that shim let pass' }
}

/** Bytes after the certificate table: shim demands that it ends the file (pe.c, generate_hash). */
function behindSignature({ source, image }: Program): number {
  const table = image.pe.certificateTable
  return table === undefined ? 0 : source.size - table.offset - table.size
}

function whyBehind(bytes: number): string {
  return `it is signed, and in memory ${bytes} bytes follow its signature, which shim does not take (see --for-shim of firn boot uki build)`
}

function hashOf({ sha256 }: Program['image']): string {
  return Buffer.from(sha256).toString('hex')
}

function maySign({ extendedKeyUsage }: Certificate): boolean {
  return extendedKeyUsage === undefined || !extendedKeyUsage.includes(MODULE_SIGNING_ONLY)
}

function whyRevoked({ sbat }: Program, levels: readonly SbatLevel[], how: How): string | undefined {
  if (sbat === undefined)
    return how === 'loaded by shim' ? 'it has no SBAT, which shim wants of what it loads' : undefined
  if ('problem' in sbat) return sbat.problem
  const [revoked] = revokedBy(sbat, levels)
  if (revoked === undefined) return undefined
  const { component, generation } = revoked.entry
  return `revoked by SBAT: it has ${component} ${generation}, the machine wants ${revoked.least} or later`
}

function ownRefusal(program: Program, levels: readonly SbatLevel[]): string | undefined {
  if (program.sbat === undefined) return undefined
  const reason = whyRevoked(program, levels, 'loaded by shim')
  return reason === undefined ? undefined : `shim refuses to go on: ${reason}`
}
