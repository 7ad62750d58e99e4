import type { ByteSource } from '@firn/core'
import { UserError } from '@firn/core'
import { type Admission, admit, forbiddenBy, NO_TRUST, type Trust, trustOf } from '../authenticode/admit.ts'
import { type ImageReport, inspectImage } from '../authenticode/report.ts'
import { readVendorLists } from '../authenticode/vendor.ts'
import { type Esp, type EspFile, type EspSpace, withEspFile } from './esp.ts'
import { base32, contentHash, FOLDER, fileOf, folderOf, SETTINGS, TEMPORARY } from './layout.ts'
import { type EspEntry, otherUsers, readEntries } from './present.ts'
import { isShim, readable, sha256Of } from './wanted.ts'

/** The whole of an ESP, every byte that boots read again. */
export interface EspCheck {
  readonly esp: string
  readonly entries: readonly CheckedEntry[]
  /** Boot loaders: in EFI/systemd and EFI/BOOT. */
  readonly loaders: readonly CheckedFile[]
  /** Kernels and initrds that no entry starts. */
  readonly unused: readonly EspFile[]
  /** What an installation that was stopped has left. */
  readonly leftovers: readonly EspFile[]
  /** Images and initrds that every user of this machine can read, and so the secrets in them. */
  readonly readable: readonly EspFile[]
  /** loader.conf, when it is there. */
  readonly settings?: string
  readonly space: EspSpace
}

export interface CheckedFile {
  readonly path: string
  readonly size: number
  /** Whether its signature admits it; undefined for what is no EFI program. */
  readonly admission?: Admission
  /** Why it does not boot; none when it does. */
  readonly problem?: string
  /**
   * A shim, whole, that others signed, or what such a shim was built to start: whether it is started, the firmware's own db
   * tells.
   */
  readonly foreign?: 'shim' | 'of a shim'
}

export interface CheckedEntry extends EspEntry {
  readonly admission?: Admission
  /** Why it does not boot; none when it does. */
  readonly problem?: string
}

const MAX_SETTINGS = 64 * 1024

/** Read everything that boots, and say of each thing whether it does, for a machine with that trust. */
export function checkEsp(esp: Esp, trust: Trust): EspCheck {
  const entries = readEntries(esp)
  const present = esp.list(foldersOf(entries))
  const contents = contentProblems(esp, present, entries)
  const others = otherUsers(esp)
  const named = entries.flatMap(({ needs }) => needs.flatMap(({ path }) => path ?? []))
  const needed = new Set([...named, ...others.paths].map((path) => path.toLowerCase()))
  const told = others.text.toLowerCase()
  const leftovers = present.filter(({ path }) => path.endsWith(TEMPORARY))
  const unused = present.filter(
    ({ path }) =>
      folderOf(path).toLowerCase() === FOLDER.contents.toLowerCase() &&
      contentHash(fileOf(path)) !== undefined &&
      !needed.has(path.toLowerCase()) &&
      !told.includes(fileOf(path).toLowerCase()),
  )
  const loaders = esp.list([FOLDER.loader, FOLDER.fallback]).filter(({ path }) => /\.efi$/i.test(path))
  const settings = present.find(({ path }) => path.toLowerCase() === SETTINGS)
  return {
    esp: esp.name,
    entries: entries.map((entry) => checkEntry(esp, entry, trust, contents)),
    loaders: markForeign(
      esp,
      loaders.map((file) => ({ ...file, ...checkProgram(esp, file.path, trust) })),
    ),
    unused,
    leftovers,
    readable: readableByAll(esp),
    ...(settings !== undefined && { settings: withEspFile(esp, settings.path, readText) }),
    space: esp.space(),
  }
}

/** Images and initrds that every user of this machine can read: secrets of an initrd lie there in the clear. */
export function readableByAll(esp: Esp): EspFile[] {
  return esp.list([FOLDER.entries, FOLDER.contents]).filter(({ path }) => esp.isReadableByAll(path))
}

/** Whether firmware would find something that boots: a boot loader, and an entry. */
export function somethingStarts({ entries, loaders }: EspCheck): boolean {
  const good = ({ problem }: { readonly problem?: string }) => problem === undefined
  return entries.some(good) && loaders.some(good)
}

function checkEntry(
  esp: Esp,
  entry: EspEntry,
  trust: Trust,
  contents: (path: string, sha256: Uint8Array) => string | undefined,
): CheckedEntry {
  if (entry.problem !== undefined) return entry
  const checked = checkProgram(esp, entry.path, trust)
  const missing = entry.needs.flatMap(({ path, sha256, section }) =>
    path === undefined ? [`its ${section} names no file`] : (contents(path, sha256) ?? []),
  )
  const problem = checked.problem ?? missing[0]
  return { ...entry, ...checked, ...(problem !== undefined && { problem }) }
}

function checkProgram(esp: Esp, path: string, trust: Trust): Pick<CheckedFile, 'admission' | 'problem'> {
  try {
    const admission = admit(withEspFile(esp, path, inspectImage), trust)
    return { admission, ...(!admission.admitted && { problem: admission.reason }) }
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message }
    throw error
  }
}

/** What is not admitted by the trust that was given, and belongs to a shim of others. */
function markForeign(esp: Esp, loaders: readonly CheckedFile[]): CheckedFile[] {
  const reports = new Map(
    loaders.flatMap(({ path, admission }) => (admission === undefined ? [] : [[path, reportOf(esp, path)]])),
  )
  const shims = loaders.filter(({ path }) => isForeignShim(reports.get(path)))
  const vendors = shims.map(({ path }) => vendorTrust(esp, path))
  return loaders.map((loader) => {
    const report = reports.get(loader.path)
    if (loader.problem === undefined || report === undefined) return loader
    if (shims.includes(loader)) return { ...loader, foreign: 'shim' }
    return vendors.some((trust) => admit(report, trust).admitted) ? { ...loader, foreign: 'of a shim' } : loader
  })
}

function reportOf(esp: Esp, path: string): ImageReport | undefined {
  return withEspFile(esp, path, readable)
}

function isForeignShim(report: ImageReport | undefined): boolean {
  return isShim(report) && report!.signatures.some(({ problem }) => problem === undefined)
}

function vendorTrust(esp: Esp, path: string): Trust {
  try {
    const { allowed, forbidden } = withEspFile(esp, path, readVendorLists)
    return { ...trustOf(allowed, path), forbidden: forbiddenBy(forbidden) }
  } catch (error) {
    if (error instanceof UserError) return NO_TRUST
    throw error
  }
}

/** The folders that are looked after, and those that images of others name. */
function foldersOf(entries: readonly EspEntry[]): string[] {
  const ours: readonly string[] = Object.values(FOLDER)
  const known = new Set(ours.map((folder) => folder.toLowerCase()))
  const named = entries.flatMap(({ needs }) =>
    needs.flatMap(({ path }) => (path === undefined ? [] : [folderOf(path)])),
  )
  return [...ours, ...new Set(named.filter((folder) => !known.has(folder.toLowerCase())))]
}

/** Each kernel and initrd is hashed once, however many entries share it. */
function contentProblems(esp: Esp, present: readonly EspFile[], entries: readonly EspEntry[]) {
  const names = new Map(present.map(({ path }) => [path.toLowerCase(), path]))
  const hashes = new Map<string, string | UserError>()
  for (const { path } of entries.flatMap(({ needs }) => needs)) {
    const at = path === undefined ? undefined : names.get(path.toLowerCase())
    if (at !== undefined && !hashes.has(at)) hashes.set(at, hashAt(esp, at))
  }
  return (path: string, sha256: Uint8Array): string | undefined => {
    const at = names.get(path.toLowerCase())
    if (at === undefined) return `${path} is missing`
    const hash = hashes.get(at)
    if (hash instanceof UserError) return hash.message
    return hash === base32(sha256) ? undefined : `${path} is not what it was: its hash is another`
  }
}

/** What keeps one file from being read does not keep the others from being judged. */
function hashAt(esp: Esp, path: string): string | UserError {
  try {
    return base32(withEspFile(esp, path, sha256Of))
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

function readText(source: ByteSource): string {
  return Buffer.from(source.read(0, Math.min(source.size, MAX_SETTINGS))).toString('utf8')
}
