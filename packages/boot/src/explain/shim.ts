import type { Certificate } from '@firn/attest'
import { ByteReader, UserError } from '@firn/core'
import { type Admission, admit, forbiddenBy, NO_TRUST, type Trust, trustOf } from '../authenticode/admit.ts'
import { parseVendorSection, type VendorLists } from '../authenticode/vendor.ts'
import { ATTRIBUTE, type EfiVariable, variable } from '../efivars/variable.ts'
import { parseSbatLevel, revokedBy, type SbatLevel } from '../sbat.ts'
import { type Decision, decisionOf, type Firmware, listsOf, whyNotLoaded } from './firmware.ts'
import { type Program, sectionBytes } from './program.ts'

/** What a shim of that build, on that machine, starts (shim.c and mok.c, versions 15.3 to 16.1). */
export interface Shim {
  /** Why shim stops before it looks at anything: its own SBAT is revoked. */
  readonly refusal?: string
  readonly level: { readonly text: string; readonly from: string; readonly levels: readonly SbatLevel[] }
  /** What shim loads itself needs a `.sbat`; what others ask it about (its protocol) does not. */
  decide(program: Program, how: 'loaded by shim' | 'through its protocol'): Decision
  readonly notes: readonly string[]
}

const MOST_SECTION = 1 << 20
/** A certificate with this extended key usage signs kernel modules, and nothing that shim would start. */
const MODULE_SIGNING_ONLY = '1.3.6.1.4.1.2312.16.1.2'
const OLDEST_LEVEL = 'sbat,1,2021030218\n'

export function shimOf(program: Program, variables: readonly EfiVariable[], firmware: Firmware): Shim {
  const notes: string[] = []
  const level = levelOf(program, variables)
  const mok = mokLists(variables, notes)
  const { vendor, problem } = vendorOfShim(program)
  const ignoresDb = variable(variables, 'MokDBState')?.data[0] === 1
  const isOff = variable(variables, 'MokSBState')?.data[0] === 1
  if (ignoresDb) notes.push('shim does not look at db (MokDBState)')
  const allowed = [
    ...(ignoresDb ? [] : [trustOf(firmware.db, 'db')]),
    trustOf(vendor.allowed, 'the vendor certificate of shim'),
    trustOf(mok.allowed, 'MokList'),
  ]
  const trust: Trust = {
    certificates: allowed.flatMap(({ certificates }) => certificates).filter(({ certificate }) => maySign(certificate)),
    hashes: new Map(allowed.flatMap(({ hashes }) => [...hashes]).toReversed()),
    forbidden: forbiddenBy([...vendor.forbidden, ...firmware.dbx, ...mok.forbidden]),
  }
  const refusal = problem ?? ownRefusal(program, level.levels)
  return {
    ...(refusal !== undefined && firmware.secureBoot.isOn && { refusal }),
    level,
    notes,
    decide: (other, how) => {
      const cannot = whyNotLoaded(other, firmware.architecture)
      if (cannot !== undefined) return { runs: false, reason: cannot }
      if (!firmware.secureBoot.isOn) return { runs: true, reason: `Secure Boot is off: ${firmware.secureBoot.reason}` }
      if (isOff) return { runs: true, reason: 'shim’s checks are switched off (MokSBState)' }
      const revoked = whyRevoked(other, level.levels, how)
      if (revoked !== undefined) return { runs: false, reason: revoked }
      return decisionOf(admitAsShim(other, trust), other)
    },
  }
}

/**
 * Shim's order is another than the firmware's: a forbidden hash, then an allowed hash, then one good signature is enough.
 * A forbidden certificate makes its own signature worthless, not those beside it.
 */
function admitAsShim({ image }: Program, trust: Trust): Admission {
  if (image.refusal !== undefined) return { admitted: false, reason: image.refusal }
  const hash = Buffer.from(image.sha256).toString('hex')
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

function maySign({ extendedKeyUsage }: Certificate): boolean {
  return extendedKeyUsage === undefined || !extendedKeyUsage.includes(MODULE_SIGNING_ONLY)
}

function whyRevoked(
  { sbat }: Program,
  levels: readonly SbatLevel[],
  how: 'loaded by shim' | 'through its protocol',
): string | undefined {
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

function vendorOfShim(program: Program): { readonly vendor: VendorLists; readonly problem?: string } {
  const none = { allowed: [], forbidden: [] }
  const bytes = sectionBytes(program, '.vendor_cert', MOST_SECTION)
  try {
    return { vendor: bytes === undefined ? none : parseVendorSection(bytes) }
  } catch (error) {
    if (error instanceof UserError)
      return { vendor: none, problem: `its vendor certificate cannot be read: ${error.message}` }
    throw error
  }
}

/** Shim takes its lists only when a running system could not have written them. */
function mokLists(variables: readonly EfiVariable[], notes: string[]) {
  const read = (name: string) => {
    const found = variable(variables, name)
    if (found === undefined) return []
    if ((found.attributes & ATTRIBUTE.runtime) !== 0 || (found.attributes & ATTRIBUTE.bootService) === 0) {
      notes.push(
        `shim deletes ${name}: a running system could have written it (attributes 0x${found.attributes.toString(16)})`,
      )
      return []
    }
    const { lists, problem } = listsOf(variables, name)
    if (problem !== undefined) notes.push(`${name} cannot be read: ${problem}`)
    return lists
  }
  return { allowed: read('MokList'), forbidden: read('MokListX') }
}

/** The level in force: that of the machine, unless shim brings a later one, which it then writes. */
function levelOf(program: Program, variables: readonly EfiVariable[]): Shim['level'] {
  const own = builtInLevel(program)
  const stored = variable(variables, 'SbatLevel')
  const text = stored === undefined ? undefined : Buffer.from(stored.data).toString('latin1').replace(/\0+$/, '')
  const isSound = stored !== undefined && (stored.attributes & ATTRIBUTE.runtime) === 0 && isLevel(text!)
  const chosen =
    isSound && dateOf(text!) >= dateOf(own)
      ? { text: text!, from: 'SbatLevel' }
      : { text: own, from: 'built into shim' }
  return { ...chosen, levels: parseSbatLevel(Buffer.from(chosen.text)) }
}

function isLevel(text: string): boolean {
  try {
    return parseSbatLevel(Buffer.from(text)).length > 0 && dateOf(text) > 0
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}

function dateOf(level: string): number {
  return Number(/^sbat,\d+,(\d{10})(?:\D|$)/.exec(level)?.[1] ?? 0)
}

/** `.sbatlevel`: a version, two offsets counted from behind it, and there two texts, the first for automatic use. */
function builtInLevel(program: Program): string {
  const bytes = sectionBytes(program, '.sbatlevel', MOST_SECTION)
  if (bytes === undefined) return OLDEST_LEVEL
  const reader = new ByteReader(bytes, '.sbatlevel')
  if (reader.remaining < 8) return OLDEST_LEVEL
  reader.skip(4, 'version')
  const at = Math.min(bytes.length, 4 + reader.u32('offset'))
  const text = Buffer.from(bytes.subarray(at)).toString('latin1').replace(/\0.*$/s, '')
  return isLevel(text) ? text : OLDEST_LEVEL
}
