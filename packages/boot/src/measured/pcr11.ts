import { createHash } from 'node:crypto'
import type { PeSection } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { UKI_SECTIONS } from '../uki/sections.ts'

export type Bank = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** The words that systemd-pcrphase measures one after another while a system starts (systemd-pcrphase.service(8)). */
export const PHASES = ['enter-initrd', 'leave-initrd', 'sysinit', 'ready'] as const

/** PCR 11 when the boot has come to a phase: `enter-initrd:leave-initrd`. The empty path is before the first. */
export interface PhaseValue {
  readonly phase: string
  readonly value: Uint8Array
}

export interface Pcr11 {
  /** The names of the sections that were measured, in order. */
  readonly measured: readonly string[]
  readonly values: readonly PhaseValue[]
}

/**
 * PCR 11 as systemd-stub of that major version makes it, by phase. From zeros on, for each section that the stub knows and
 * the image has: extended by the hash of its name with a NUL, then by the hash of its content as it lies in memory, that
 * is with zeros up to its virtual size. Each phase then extends by the hash of its word. Errors: no kernel in it.
 */
export function predictPcr11(
  source: ByteSource,
  sections: readonly PeSection[],
  stub: number,
  bank: Bank = 'sha256',
  phases: readonly string[] = defaultPhases(),
): Pcr11 {
  if (!sections.some(({ name }) => name === '.linux')) {
    throw new UserError(
      'no unified kernel image: it has no kernel (.linux)',
      'stubs, addons and boot loaders are measured elsewhere',
    )
  }
  const known = UKI_SECTIONS.filter(({ measuredSince }) => measuredSince !== undefined && measuredSince <= stub)
  const measured: string[] = []
  let value = new Uint8Array(createHash(bank).digest().length)
  for (const { name } of known) {
    for (const section of sections.filter((candidate) => candidate.name === name && candidate.virtualSize > 0)) {
      value = extend(bank, value, createHash(bank).update(`${name}\0`).digest())
      value = extend(bank, value, hashInMemory(source, section, bank))
      measured.push(name)
    }
  }
  const afterPhases = (path: string) =>
    words(path).reduce((pcr, word) => extend(bank, pcr, createHash(bank).update(word).digest()), value)
  return { measured, values: phases.map((phase) => ({ phase, value: afterPhases(phase) })) }
}

/** `enter-initrd`, `enter-initrd:leave-initrd`, …: what systemd-measure signs by default. */
export function defaultPhases(): string[] {
  return PHASES.map((_, i) => PHASES.slice(0, i + 1).join(':'))
}

/** A PCR after it was extended by a digest: the hash of both. */
export function extend(bank: Bank, pcr: Uint8Array, digest: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash(bank).update(pcr).update(digest).digest())
}

function words(path: string): string[] {
  return path.split(':').filter((word) => word !== '')
}

/** A kernel wants some 50 MB more than its file has; hashing gigabytes of zeros is a trap. */
const MOST_ZEROS = 128 * 2 ** 20
const ZEROS = new Uint8Array(1 << 16)

function hashInMemory(source: ByteSource, section: PeSection, bank: Bank): Uint8Array {
  const hash = createHash(bank)
  const held = Math.min(section.rawSize, section.virtualSize)
  if (section.virtualSize - held > MOST_ZEROS) {
    throw new UserError(
      `section ${section.name} is ${section.virtualSize - held} bytes longer in memory than in the file`,
      'no kernel needs that: the image is damaged, or made to take time',
    )
  }
  for (const chunk of source.chunks(section.rawOffset, section.rawOffset + held)) hash.update(chunk)
  for (let left = section.virtualSize - held; left > 0; left -= ZEROS.length) {
    hash.update(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS)
  }
  return hash.digest()
}
