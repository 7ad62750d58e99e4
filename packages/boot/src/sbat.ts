import { UserError } from '@firn/core'

/**
 * SBAT (shim's SBAT.md): what an EFI program is made of, one component a line, each with a generation that is raised when
 * it must be possible to revoke what came before. A machine's SbatLevel says which generation is the least.
 */
export interface SbatEntry {
  readonly component: string
  readonly generation: number
  /** Vendor, package, version, URL: for people. */
  readonly about: readonly string[]
  /** The line as it stands. */
  readonly line: string
}

/** What a component's generation must at least be. */
export interface SbatLevel {
  readonly component: string
  readonly generation: number
}

const HEADER = 'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md'
const MAX_SIZE = 64 * 1024

/** Parse the content of a `.sbat` section: CSV in UTF-8, zero bytes behind it. Errors: a line that shim would not take. */
export function parseSbat(bytes: Uint8Array): SbatEntry[] {
  const entries = linesOf(bytes).map((line, i) => {
    const [component, generation, ...about] = line.split(',')
    if (about.length < 4) throw sbatError(`line ${i + 1} has fewer than six fields: ${line}`)
    return { component: nameOf(component, i), generation: generationOf(generation, i), about, line }
  })
  const [first] = entries
  if (first !== undefined && first.component !== 'sbat') throw sbatError('its first line is not that of sbat itself')
  return entries
}

/** Parse a SbatLevel variable: `sbat,1,2025021800`, then `component,generation` a line. */
export function parseSbatLevel(bytes: Uint8Array): SbatLevel[] {
  return linesOf(bytes).map((line, i) => {
    const [component, generation] = line.split(',')
    return { component: nameOf(component, i), generation: generationOf(generation, i) }
  })
}

/** One `.sbat` out of several: the line of sbat itself first, then every other line once, in order. */
export function mergeSbat(parts: readonly Uint8Array[]): Uint8Array {
  const entries = parts.flatMap(parseSbat)
  const header = entries.find(({ component }) => component === 'sbat')?.line ?? HEADER
  const others = entries.filter(({ component }) => component !== 'sbat').map(({ line }) => line)
  return Buffer.from(`${[header, ...new Set(others)].join('\n')}\n`)
}

/** The components that are below the level that a machine demands: shim refuses an image that has one. */
export function revokedBy(
  entries: readonly SbatEntry[],
  levels: readonly SbatLevel[],
): { readonly entry: SbatEntry; readonly least: number }[] {
  return entries.flatMap((entry) => {
    const level = levels.find(({ component }) => component === entry.component)
    return level !== undefined && entry.generation < level.generation ? [{ entry, least: level.generation }] : []
  })
}

function linesOf(bytes: Uint8Array): string[] {
  const end = bytes.indexOf(0)
  const content = end < 0 ? bytes : bytes.subarray(0, end)
  if (bytes.subarray(content.length).some((byte) => byte !== 0)) throw sbatError('there is something behind its end')
  if (content.length > MAX_SIZE) throw sbatError(`it has ${content.length} bytes`)
  const text = Buffer.from(content)
    .toString('utf8')
    .replace(/^\ufeff/, '')
  return text.split(/\r?\n/).filter((line) => line !== '')
}

function nameOf(text: string | undefined, i: number): string {
  if (text === undefined || !/^[\x21-\x2b\x2d-\x7e]+$/.test(text)) throw sbatError(`line ${i + 1} names no component`)
  return text
}

function generationOf(text: string | undefined, i: number): number {
  if (text === undefined || !/^[1-9][0-9]{0,8}$/.test(text)) throw sbatError(`line ${i + 1} has no generation: ${text}`)
  return Number(text)
}

function sbatError(message: string): UserError {
  return new UserError(`SBAT: ${message}`, 'a line is: component,generation,vendor,package,version,url')
}
