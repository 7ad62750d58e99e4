import { type ByteSource, UserError } from '@firn/core'
import { utf16Text } from '../efivars/device-path.ts'
import { type EfiVariable, VENDOR } from '../efivars/variable.ts'
import { parseOsRelease } from '../uki/inspect.ts'
import { readProgram, sectionBytes } from './program.ts'
import { compareVersions } from './version-order.ts'
import { readText, type Volume } from './volume.ts'

/** One line of systemd-boot's menu (UAPI.1, Boot Loader Specification). */
export interface LoaderEntry {
  /** The name of its file, without the counters of tries. */
  readonly id: string
  readonly title: string
  readonly volume: Volume
  /** The program it starts. */
  readonly path: string
  /** For a kernel: what is loaded beside it, which no signature covers. */
  readonly initrds: readonly string[]
  readonly sortKey?: string
  readonly version?: string
  readonly machineId?: string
  /** Tries that are left, when boots are counted; with none left it comes last. */
  readonly triesLeft?: number
  /** It cannot be used as it stands. */
  readonly problem?: string
  /** systemd-boot passes over it: it is no program, or does not say what it is. */
  readonly hidden?: true
}

const MOST_ENTRIES = 1000
const MOST_OSREL = 64 * 1024

/** The menu of systemd-boot in its order: the entries of loader/entries, and the unified kernels of EFI/Linux. */
export function loaderEntries(volumes: readonly Volume[]): LoaderEntry[] {
  const found = volumes.flatMap((volume) => [
    ...filesIn(volume, '\\loader\\entries', '.conf').map((name) => textEntry(volume, name)),
    ...filesIn(volume, '\\EFI\\Linux', '.efi').map((name) => unifiedEntry(volume, name)),
  ])
  return found.flatMap((entry) => entry ?? []).sort(compareEntries)
}

/**
 * Which entry systemd-boot takes when nobody chooses: LoaderEntryOneShot, LoaderEntryDefault, `default` of loader.conf,
 * else the first that may still be tried.
 */
export function defaultEntry(
  entries: readonly LoaderEntry[],
  variables: readonly EfiVariable[],
  esp: Volume,
): LoaderEntry | undefined {
  const told = ['LoaderEntryOneShot', 'LoaderEntryDefault'].map((name) => loaderVariable(variables, name))
  const conf = configOf(readText(esp, '\\loader\\loader.conf') ?? '')
    .get('default')
    ?.at(-1)
  const wanted = conf === '@saved' ? loaderVariable(variables, 'LoaderEntryLastBooted') : conf
  const shown = entries.filter(({ hidden }) => hidden !== true)
  for (const pattern of [...told, wanted]) {
    const found = pattern === undefined ? undefined : shown.find(({ id }) => matches(id, pattern))
    if (found !== undefined) return found
  }
  return shown[0]
}

function filesIn(volume: Volume, folder: string, suffix: string): string[] {
  const names = volume.list(folder) ?? []
  return names.filter((name) => name.toLowerCase().endsWith(suffix)).slice(0, MOST_ENTRIES)
}

/** `name+3-1.conf`: three tries left, one made. */
function countersOf(file: string): { readonly id: string; readonly triesLeft?: number } {
  const [, name, left, suffix] = /^(.*?)\+(\d{1,9})(?:-\d{1,9})?(\.[^.]+)$/.exec(file) ?? []
  return name === undefined ? { id: file } : { id: `${name}${suffix}`, triesLeft: Number(left) }
}

function textEntry(volume: Volume, file: string): LoaderEntry | undefined {
  const config = configOf(readText(volume, `\\loader\\entries\\${file}`) ?? '')
  const one = (key: string) => config.get(key)?.at(-1)
  const program = one('linux') ?? one('efi') ?? one('uki')
  if (program === undefined) return undefined
  const [version, sortKey, machineId] = [one('version'), one('sort-key'), one('machine-id')]
  return {
    ...countersOf(file),
    title: one('title') ?? file,
    volume,
    path: program.replaceAll('/', '\\'),
    initrds: (config.get('initrd') ?? []).map((path) => path.replaceAll('/', '\\')),
    ...(version !== undefined && { version }),
    ...(sortKey !== undefined && { sortKey }),
    ...(machineId !== undefined && { machineId }),
  }
}

function unifiedEntry(volume: Volume, file: string): LoaderEntry | undefined {
  const path = `\\EFI\\Linux\\${file}`
  const base = { ...countersOf(file), title: file, volume, path, initrds: [] }
  const source = volume.open(path)
  if (source === undefined) return undefined
  try {
    const program = readProgram(source)
    if (program.kind === 'addon') return undefined
    const bytes = sectionBytes(program, '.osrel', MOST_OSREL)
    if (bytes === undefined) {
      return { ...base, problem: 'it has no .osrel, so systemd-boot does not show it', hidden: true }
    }
    const fields = parseOsRelease(Buffer.from(bytes).toString('utf8').replace(/\0+$/, ''))
    const first = (...keys: readonly string[]) =>
      keys.map((key) => fields.get(key)).find((value) => value !== undefined)
    const [version, sortKey] = [first('IMAGE_VERSION', 'VERSION', 'VERSION_ID', 'BUILD_ID'), first('IMAGE_ID', 'ID')]
    return {
      ...base,
      title: first('PRETTY_NAME', 'IMAGE_ID', 'NAME', 'ID') ?? file,
      ...(version !== undefined && { version }),
      ...(sortKey !== undefined && { sortKey }),
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const problem = { ...base, problem: error.message }
    return isProgram(source) ? problem : { ...problem, hidden: true }
  } finally {
    source.close()
  }
}

/** A file that lost its content in a power cut is none. */
function isProgram(source: ByteSource): boolean {
  return source.size > 2 && Buffer.from(source.read(0, 2)).toString('latin1') === 'MZ'
}

/** `key value` lines; a key may come several times. */
function configOf(text: string): Map<string, string[]> {
  const config = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, key, value] = /^[ \t]*([^\s#]\S*)[ \t]+(.*?)[ \t\r]*$/.exec(line) ?? []
    if (key === undefined || value === undefined || value === '') continue
    const quoted = /^"(.*)"$/.exec(value)?.[1] ?? value
    config.set(key, [...(config.get(key) ?? []), quoted])
  }
  return config
}

/** systemd-boot's config_entry_compare: what has no tries left last; sort keys; the newest version first; names. */
function compareEntries(a: LoaderEntry, b: LoaderEntry): number {
  const isBad = (entry: LoaderEntry) => Number(entry.triesLeft === 0)
  if (isBad(a) !== isBad(b)) return isBad(a) - isBad(b)
  const [keyA, keyB] = [a.sortKey, b.sortKey]
  if ((keyA === undefined) !== (keyB === undefined)) return keyA === undefined ? 1 : -1
  if (keyA !== undefined && keyB !== undefined) {
    const order =
      compareText(keyA, keyB) ||
      compareText(a.machineId ?? '', b.machineId ?? '') ||
      -compareVersions(a.version ?? '', b.version ?? '')
    if (order !== 0) return order
  }
  return -compareVersions(a.id, b.id) || (b.triesLeft ?? Number.MAX_VALUE) - (a.triesLeft ?? Number.MAX_VALUE)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function loaderVariable(variables: readonly EfiVariable[], name: string): string | undefined {
  const found = variables.find((one) => one.name === name && one.vendor === VENDOR.loader)
  return found === undefined ? undefined : utf16Text(found.data)
}

/** A glob of `*`, `?` and `[...]`, without regard to case; matched in steps, for a pattern may be hostile. */
function matches(id: string, pattern: string): boolean {
  const [text, glob] = [id.toLowerCase(), pattern.toLowerCase()]
  let [at, back, star, from] = [0, -1, -1, 0]
  for (let i = 0; i < text.length; ) {
    const sign = glob[at]
    if (sign === '*') {
      star = at++
      from = i
      back = i
    } else if (sign !== undefined && (sign === '?' || sign === text[i])) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      from = back + 1
      back = from
      i = from
    } else {
      return false
    }
  }
  return /^\**$/.test(glob.slice(at))
}
