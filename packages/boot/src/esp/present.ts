import { type Pe, parsePe, sectionRange } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { EXIT, UserError } from '@firn/core'
import { parseOsRelease } from '../uki/inspect.ts'
import { type Esp, withEspFile } from './esp.ts'
import { toplevelOfCmdline } from './generation.ts'
import { type EntryName, FOLDER, fileOf, parseEntryFile, pathOfEfi } from './layout.ts'

/** A unified kernel image on the ESP, as far as it can be told without hashing it. */
export interface EspEntry {
  readonly path: string
  readonly size: number
  /** For those of NixOS generations. */
  readonly name?: EntryName
  readonly title?: string
  readonly cmdline?: string
  /** The system that it boots. */
  readonly toplevel?: string
  /** The files that a thin stub loads, each with the hash it must have. */
  readonly needs: readonly NeededFile[]
  /** Why it cannot be read. */
  readonly problem?: string
  /** The disk does not give it back now: it may be whole, and what it needs is not known. */
  readonly unread?: true
}

interface NeededFile {
  /** On the ESP; absent when the image names no such place. */
  readonly path?: string
  readonly sha256: Uint8Array
  readonly section: '.linux' | '.initrd'
}

const MAX_TEXT = 64 * 1024

/** Every EFI program in EFI/Linux: what systemd-boot shows by itself. */
export function readEntries(esp: Esp): EspEntry[] {
  const files = esp.list([FOLDER.entries]).filter(({ path }) => /\.efi$/i.test(path))
  return files.map(({ path, size }) => {
    const name = parseEntryFile(fileOf(path))
    const known = { path, size, ...(name !== undefined && { name }) }
    try {
      return { ...known, ...withEspFile(esp, path, readEntry) }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const unread = error.exit === EXIT.store
      return { ...known, needs: [], problem: error.message, ...(unread && { unread }) }
    }
  })
}

/** What may start kernels and initrds of this ESP besides the images in EFI/Linux. */
export interface OtherUsers {
  /** Paths that thin images in the places of boot loaders start. */
  readonly paths: readonly string[]
  /** What the entries in loader/entries say, all together: they name files by path. */
  readonly text: string
  /** One of them could not be read now. */
  readonly unread: boolean
}

const MAX_ENTRY = 64 * 1024

export function otherUsers(esp: Esp): OtherUsers {
  const images = esp.list([FOLDER.loader, FOLDER.fallback]).filter(({ path }) => /\.efi$/i.test(path))
  const texts = esp.list(['loader/entries']).filter(({ path }) => /\.conf$/i.test(path))
  let unread = false
  const read = <T>(path: string, act: (source: ByteSource) => T): T[] => {
    try {
      return [withEspFile(esp, path, act)]
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      unread ||= error.exit === EXIT.store
      return []
    }
  }
  const paths = images
    .flatMap((file) => read(file.path, readEntry))
    .flatMap(({ needs }) => needs.flatMap(({ path }) => path ?? []))
  const told = texts.flatMap(({ path }) => read(path, (source) => source.read(0, Math.min(source.size, MAX_ENTRY))))
  return { paths, text: Buffer.concat(told).toString('latin1'), unread }
}

function readEntry(source: ByteSource): Pick<EspEntry, 'title' | 'cmdline' | 'toplevel' | 'needs'> {
  const pe = parsePe(source)
  const text = (name: string) => bytesOf(source, pe, name)?.toString('utf8')
  const [cmdline, osRelease] = [text('.cmdline'), text('.osrel')]
  const title = osRelease === undefined ? undefined : parseOsRelease(osRelease).get('PRETTY_NAME')
  const toplevel = cmdline === undefined ? undefined : toplevelOfCmdline(cmdline)
  return {
    ...(title !== undefined && { title }),
    ...(cmdline !== undefined && { cmdline }),
    ...(toplevel !== undefined && { toplevel }),
    needs: (['.linux', '.initrd'] as const).flatMap((section) => neededFile(source, pe, section)),
  }
}

function neededFile(source: ByteSource, pe: Pe, section: NeededFile['section']): NeededFile[] {
  const sha256 = bytesOf(source, pe, `${section}h`)
  if (sha256 === undefined) return []
  const path = pathOfEfi(bytesOf(source, pe, section)?.toString('utf8') ?? '')
  return [{ section, sha256, ...(path !== undefined && { path }) }]
}

function bytesOf(source: ByteSource, pe: Pe, name: string): Buffer | undefined {
  const section = pe.sections.find((candidate) => candidate.name === name)
  if (section === undefined) return undefined
  const { from, to } = sectionRange(section)
  if (to - from > MAX_TEXT) throw new UserError(`${name}: a text of ${to - from} bytes`, 'no real image has that')
  return Buffer.from(source.read(from, to - from))
}
