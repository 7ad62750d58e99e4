import { createHash } from 'node:crypto'
import { type Certificate, parseCertificate } from '@firn/attest/verify'
import type { ByteSource } from '@firn/binary/source'
import {
  inspectUki,
  type Program,
  parseSbatLevel,
  parseSbatLevelSection,
  readProgram,
  readVendorLists,
  type SbatEntry,
  type SbatLevel,
  SIGNATURE_TYPE,
  sectionBytes,
  shimVersion,
  type UkiReport,
} from '@firn/boot'
import { UserError } from '@firn/core'
import type { KernelConfig } from './kernel-config.ts'

/** What somebody wants to have signed, and what stands behind it: all that the facts of an application come from. */
export interface ReviewSubject {
  readonly shim: ReviewedShim
  /** What the shim starts, directly or through its protocol. */
  readonly launched: readonly ReviewedProgram[]
  /** How the kernels were built. */
  readonly config?: KernelConfig
  readonly source?: SourceArchive
  readonly patches: readonly Patch[]
  /** The same shim, built again. */
  readonly rebuilds: readonly Rebuild[]
  /** Shims that were signed before. */
  readonly previous: readonly ReviewedShim[]
  /** Who asks, as the certificate should name them. */
  readonly organization?: string
  readonly now: Date
}

export interface ReviewedProgram {
  readonly name: string
  readonly program: Program
  /** Of the whole file, hex. */
  readonly sha256: string
  /** What is in it, when it is a unified image. */
  readonly uki?: UkiReport
}

export interface ReviewedShim extends ReviewedProgram {
  /** 16.1, as it was compiled in. */
  readonly version?: string
  /** The vendor's part of `shim.VENDOR` in its SBAT. */
  readonly vendor?: string
  /** The vendor's certificates; several mean vendor_db. */
  readonly certificates: readonly Certificate[]
  /** How many hashes are allowed beside the certificates, and how many entries are forbidden. */
  readonly allowedHashes: number
  readonly forbidden: number
  /** The later of the levels that it brings along. */
  readonly levels: readonly SbatLevel[]
}

export interface SourceArchive {
  readonly name: string
  readonly sha256: string
  /** Absent when only a derivation says what the archive must hash to. */
  readonly sha512?: string
}

export interface Patch {
  readonly name: string
  readonly sha256: string
  /** As in a mail of git's: the commit that it was made of, and its first line. */
  readonly commit?: string
  readonly title?: string
}

export interface Rebuild {
  readonly name: string
  readonly sha256: string
  /** Where the first byte differs; undefined when none does. */
  readonly firstDifference?: number
}

const MOST_SECTION = 1 << 20
const PIECE = 1 << 20

/** Read a shim. Errors: not an EFI program, no vendor certificate section, a damaged one. */
export function readShim(name: string, source: ByteSource): ReviewedShim {
  const reviewed = readReviewed(name, source)
  const { allowed, forbidden } = readVendorLists(source)
  const entries = allowed.flatMap(({ type, entries: own }) => own.map(({ data }) => ({ type, data })))
  const isCertificate = ({ type }: { readonly type: string }) => type === SIGNATURE_TYPE.x509
  const [version, vendor] = [shimVersion(reviewed.program)?.text, vendorOf(reviewed)]
  return {
    ...reviewed,
    ...(version !== undefined && { version }),
    ...(vendor !== undefined && { vendor }),
    certificates: entries.filter(isCertificate).map(({ data }) => parseCertificate(data)),
    allowedHashes: entries.filter((entry) => !isCertificate(entry)).length,
    forbidden: forbidden.reduce((sum, list) => sum + list.entries.length, 0),
    levels: latestLevels(reviewed.program),
  }
}

/** Read a program that a shim starts. Errors: not an EFI program, or one that is damaged. */
export function readReviewed(name: string, source: ByteSource): ReviewedProgram {
  const program = readProgram(source)
  const uki = program.kind === 'uki' || program.kind === 'lanzaboote' ? inspectUki(source) : undefined
  return { name, program, sha256: digestOf(source, 'sha256'), ...(uki !== undefined && { uki }) }
}

/** The lines of a program's SBAT, none when it has none or one that shim could not read. */
export function sbatOf({ program }: ReviewedProgram): readonly SbatEntry[] {
  return program.sbat === undefined || 'problem' in program.sbat ? [] : program.sbat
}

export function readSourceArchive(name: string, source: ByteSource): SourceArchive {
  return { name, sha256: digestOf(source, 'sha256'), sha512: digestOf(source, 'sha512') }
}

/** A patch, and what a mail of git's says at its head. */
export function readPatch(name: string, bytes: Uint8Array): Patch {
  const head = Buffer.from(bytes.subarray(0, 64 * 1024)).toString('utf8')
  const commit = /^From ([0-9a-f]{40}) /m.exec(head)?.[1]
  const title = /^Subject: (?:\[[^\]\n]*\] )?(.+(?:\n[ \t].+)*)/m.exec(head)?.[1]?.replace(/\n[ \t]+/g, ' ')
  return {
    name,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...(commit !== undefined && { commit }),
    ...(title !== undefined && { title }),
  }
}

/** Compare another build with the shim, byte for byte. */
export function compareRebuild(name: string, shim: ByteSource, other: ByteSource): Rebuild {
  const firstDifference = differAt(shim, other)
  return { name, sha256: digestOf(other, 'sha256'), ...(firstDifference !== undefined && { firstDifference }) }
}

function differAt(a: ByteSource, b: ByteSource): number | undefined {
  const common = Math.min(a.size, b.size)
  for (let at = 0; at < common; at += PIECE) {
    const size = Math.min(PIECE, common - at)
    const [left, right] = [a.read(at, size), b.read(at, size)]
    if (Buffer.compare(left, right) === 0) continue
    return at + left.findIndex((byte, i) => byte !== right[i])
  }
  return a.size === b.size ? undefined : common
}

function vendorOf(program: ReviewedProgram): string | undefined {
  return sbatOf(program)
    .findLast(({ component }) => component.startsWith('shim.'))
    ?.component.slice('shim.'.length)
}

function latestLevels(program: Program): readonly SbatLevel[] {
  const bytes = sectionBytes(program, '.sbatlevel', MOST_SECTION)
  const text = bytes === undefined ? undefined : parseSbatLevelSection(bytes)?.latest
  try {
    return text === undefined ? [] : parseSbatLevel(Buffer.from(text))
  } catch (error) {
    if (error instanceof UserError) return []
    throw error
  }
}

function digestOf(source: ByteSource, name: 'sha256' | 'sha512'): string {
  const hash = createHash(name)
  for (const chunk of source.chunks(0, source.size)) hash.update(chunk)
  return hash.digest('hex')
}
