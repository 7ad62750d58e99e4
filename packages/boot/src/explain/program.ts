import type { PeSection } from '@firn/binary/pe'
import { type ByteSource, UserError } from '@firn/core'
import { type ImageReport, inspectImage } from '../authenticode/report.ts'
import { parseSbat, type SbatEntry } from '../sbat.ts'
import { stubVersion } from '../uki/stub.ts'

/** What an EFI program is, as far as it decides what is started after it. */
export type ProgramKind = 'shim' | 'systemd-boot' | 'uki' | 'lanzaboote' | 'grub' | 'kernel' | 'addon' | 'program'

export interface Program {
  readonly source: ByteSource
  readonly image: ImageReport
  readonly kind: ProgramKind
  readonly architecture: Architecture | undefined
  /** Its SBAT: undefined when it has none, a problem when shim could not read it. */
  readonly sbat?: readonly SbatEntry[] | { readonly problem: string }
}

/** As in the names of files: `BOOTX64.EFI`. */
export type Architecture = 'x64' | 'ia32' | 'aa64' | 'arm' | 'riscv64' | 'loongarch64'

const MACHINES: Readonly<Record<number, Architecture>> = {
  34404: 'x64',
  332: 'ia32',
  43620: 'aa64',
  450: 'arm',
  20580: 'riscv64',
  25188: 'loongarch64',
}

const MOST_SBAT = 64 * 1024

/** Look at a program. Errors: not an EFI program, or cut off. */
export function readProgram(source: ByteSource): Program {
  const image = inspectImage(source)
  const sbat = readSbat(source, image)
  return {
    source,
    image,
    kind: kindOf(source, image, sbat),
    architecture: MACHINES[image.pe.machine],
    ...(sbat !== undefined && { sbat }),
  }
}

/** The bytes of a section as far as the file holds them; undefined when it is not there or too long to hold. */
export function sectionBytes(
  { source, image }: Pick<Program, 'source' | 'image'>,
  name: string,
  most: number,
): Uint8Array | undefined {
  const section = image.pe.sections.find((candidate) => candidate.name === name)
  if (section === undefined) return undefined
  const length = heldOf(section)
  return length > most ? undefined : source.read(section.rawOffset, length)
}

function heldOf({ rawSize, virtualSize }: PeSection): number {
  return Math.min(rawSize, virtualSize)
}

function kindOf(source: ByteSource, image: ImageReport, sbat: Program['sbat']): ProgramKind {
  const names = new Set(image.pe.sections.map(({ name }) => name))
  if (names.has('.vendor_cert')) return 'shim'
  if (names.has('.linux')) return names.has('.linuxh') ? 'lanzaboote' : 'uki'
  const told = stubVersion(source, image.pe)?.text ?? ''
  if (told.startsWith('systemd-boot')) return 'systemd-boot'
  if (told.startsWith('systemd-addon') || (told.startsWith('systemd-stub') && names.has('.cmdline'))) return 'addon'
  if (Array.isArray(sbat) && sbat.some(({ component }) => component === 'grub')) return 'grub'
  return isKernel(source) ? 'kernel' : 'program'
}

/** Linux on x86 has HdrS in its setup header; on arm64 and riscv a magic number in its first 64 bytes. */
function isKernel(source: ByteSource): boolean {
  const text = (offset: number) =>
    offset + 4 <= source.size ? Buffer.from(source.read(offset, 4)).toString('latin1') : ''
  return text(0x202) === 'HdrS' || text(56) === 'ARM\x64' || text(56) === 'RSC\x05'
}

function readSbat(source: ByteSource, image: ImageReport): Program['sbat'] {
  const sections = image.pe.sections.filter(({ name }) => name === '.sbat')
  if (sections.length === 0) return undefined
  if (sections.length > 1) return { problem: 'it has two .sbat sections' }
  const length = heldOf(sections[0]!)
  if (length > MOST_SBAT) return { problem: 'its .sbat is too long' }
  try {
    return parseSbat(source.read(sections[0]!.rawOffset, length))
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message }
    throw error
  }
}
