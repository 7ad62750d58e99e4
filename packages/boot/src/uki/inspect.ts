import { createHash } from 'node:crypto'
import { type PeSection, sectionRange } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { type ImageReport, inspectImage } from '../authenticode/report.ts'
import { piecesSource } from '../pe/pieces.ts'
import { parseSbat, type SbatEntry } from '../sbat.ts'
import { type KernelFacts, readKernel } from './kernel.ts'
import { profilesOf } from './profile.ts'
import { meaningOf } from './sections.ts'
import { type StubVersion, stubVersion } from './stub.ts'

/** What a unified kernel image (or another EFI program) is made of. */
export interface UkiReport {
  readonly image: ImageReport
  readonly sections: readonly SectionReport[]
  readonly stub?: StubVersion
  readonly kernel?: KernelFacts
  readonly cmdline?: string
  /** The fields of os-release. */
  readonly osRelease?: ReadonlyMap<string, string>
  readonly uname?: string
  readonly sbat?: readonly SbatEntry[]
  readonly profiles: readonly { readonly text: string; readonly cmdline?: string }[]
  /** What a reader should know before trusting or shipping it. */
  readonly notes: readonly string[]
}

export interface SectionReport {
  readonly section: PeSection
  readonly meaning?: string
  /** Of what the file holds of it, padding left out. */
  readonly size: number
  readonly sha256: string
  /** For what stands in a profile: its number. */
  readonly profile?: number
}

const MAX_TEXT = 1 << 20

export function inspectUki(source: ByteSource): UkiReport {
  const image = inspectImage(source)
  const { sections } = image.pe
  const { base, profiles } = profilesOf(sections)
  const text = (name: string, from: readonly PeSection[] = base) => sectionText(source, from, name)
  const linux = base.find(({ name }) => name === '.linux')
  const stub = stubVersion(source, image.pe)
  const [cmdline, osRelease, uname, sbat] = [text('.cmdline'), text('.osrel'), text('.uname'), text('.sbat')]
  return {
    image,
    sections: sections.map((section, i) => reportSection(source, section, profileAt(i, base.length, profiles))),
    ...(stub !== undefined && { stub }),
    ...(linux !== undefined && { kernel: readKernel(contentOf(source, linux)) }),
    ...(cmdline !== undefined && { cmdline }),
    ...(osRelease !== undefined && { osRelease: parseOsRelease(osRelease) }),
    ...(uname !== undefined && { uname }),
    ...(sbat !== undefined && { sbat: parseSbat(Buffer.from(sbat)) }),
    profiles: profiles.map((profile) => {
      const own = text('.cmdline', profile.sections)
      return { text: text('.profile', profile.sections) ?? '', ...(own !== undefined && { cmdline: own }) }
    }),
    notes: notesOn(sections, base, source),
  }
}

/** What the file holds of a section, without the padding behind its length in memory. */
export function contentOf(source: ByteSource, section: PeSection): ByteSource {
  return piecesSource([{ source, ...sectionRange(section) }])
}

/** KEY=value lines (os-release(5)): quotes and backslashes taken away. Later lines win. */
export function parseOsRelease(text: string): Map<string, string> {
  const lines = text.split('\n').flatMap((line) => {
    const [, key, raw] = /^\s*([A-Z][A-Z0-9_]*)=(.*?)\s*$/.exec(line) ?? []
    if (key === undefined || raw === undefined) return []
    const [, quote, quoted] = /^(["'])(.*)\1$/.exec(raw) ?? []
    const value = quote === "'" ? quoted! : (quoted ?? raw).replace(/\\(.)/g, '$1')
    return [[key, value] as const]
  })
  return new Map(lines)
}

function sectionText(source: ByteSource, sections: readonly PeSection[], name: string): string | undefined {
  const section = sections.find((candidate) => candidate.name === name)
  if (section === undefined) return undefined
  const content = contentOf(source, section)
  if (content.size > MAX_TEXT) throw new UserError(`${name}: a text of ${content.size} bytes`, 'no real image has that')
  return Buffer.from(content.read(0, content.size)).toString('utf8').replace(/\0+$/, '')
}

function reportSection(source: ByteSource, section: PeSection, profile: number | undefined): SectionReport {
  const hash = createHash('sha256')
  const content = contentOf(source, section)
  for (const chunk of content.chunks(0, content.size)) hash.update(chunk)
  const meaning = meaningOf(section.name)
  return {
    section,
    ...(meaning !== undefined && { meaning }),
    size: content.size,
    sha256: hash.digest('hex'),
    ...(profile !== undefined && { profile }),
  }
}

function profileAt(
  index: number,
  base: number,
  profiles: readonly { sections: readonly PeSection[] }[],
): number | undefined {
  let end = base
  if (index < end) return undefined
  return profiles.findIndex(({ sections }) => {
    end += sections.length
    return index < end
  })
}

function notesOn(sections: readonly PeSection[], base: readonly PeSection[], source: ByteSource): string[] {
  const names = base.map(({ name }) => name)
  const twice = new Set(names.filter((name, i) => meaningOf(name) !== undefined && names.indexOf(name) !== i))
  const writable = sections.filter(({ characteristics }) => (characteristics & 0xa000_0000) >>> 0 === 0xa000_0000)
  const cmdline = sectionText(source, base, '.cmdline')
  return [
    ...[...twice].map((name) => `${name} stands twice; the stub takes the first`),
    ...writable.map(({ name }) => `${name} is both writable and executable`),
    ...(names.includes('.linux') && cmdline === undefined
      ? ['it has no command line: whoever starts it may give one, and choose what init is']
      : []),
    ...(names.includes('.linux') && !names.includes('.sbat') ? ['it has no SBAT: shim will not load it'] : []),
  ]
}
