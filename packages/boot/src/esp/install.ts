import type { ByteSource } from '@firn/core'
import { UserError } from '@firn/core'
import type { Bootspec } from '../bootspec.ts'
import { hashOnce, wantedEntry } from './entry.ts'
import type { Esp } from './esp.ts'
import { withEspFile } from './esp.ts'
import { type Generation, isOf, nameOfVariant, type Variant, variantsOf } from './generation.ts'
import { entryStem, FOLDER, menuLine, startCounter } from './layout.ts'
import { type MenuSettings, wantedLoaders, wantedMenu } from './loader.ts'
import { type Plan, planInstall } from './plan.ts'
import { type EspEntry, otherUsers, readEntries } from './present.ts'
import { isShim, readable, type Signing, type WantedFile } from './wanted.ts'

/** What an installation is made of. */
export interface InstallWords {
  /** Those that belong on the ESP, see `chooseGenerations`. */
  readonly generations: readonly Generation[]
  /** The system (store path) that must be there in the end, whatever happens to the others. */
  readonly system?: string
  readonly stub: ByteSource
  /** The stub is lanzaboote's. */
  readonly thin: boolean
  /** systemd-boot, not signed yet; without it the boot loader stays as it is. */
  readonly bootloader?: ByteSource
  readonly menu: MenuSettings
  /** How often a new entry may be tried before it counts as bad. */
  readonly tries?: number
  readonly signing: Signing
  readonly open: (path: string) => ByteSource
  /** What a system's secrets add to its initrd; see `secretInitrds`. */
  readonly secrets: (bootspec: Bootspec, what: string) => ByteSource | undefined
}

/** What shall be on every ESP. */
export interface Wanted {
  readonly files: readonly WantedFile[]
  /** Whether an initrd among them holds secrets. */
  readonly secret: boolean
  /** Generations that could not be made now, and why; entries of theirs that are there stay. */
  readonly left: readonly { readonly generation: number; readonly why: string }[]
}

/** Make everything that shall be on the ESP, but for the signatures. */
export function assemble(words: InstallWords): Wanted {
  const files: WantedFile[] = []
  const left: { generation: number; why: string }[] = []
  let first: UserError | undefined
  const hash = hashOnce(words.open)
  const counter = startCounter(words.tries)
  let secret = false
  const secrets = (variant: Variant) => {
    const added = words.secrets(variant.bootspec, nameOfVariant(variant))
    secret ||= added !== undefined
    return added
  }
  const parts = { ...words, hash, secrets, ...(counter !== undefined && { counter }) }
  for (const generation of words.generations) {
    try {
      files.push(...variantsOf(generation).flatMap((variant) => wantedEntry(variant, parts)))
    } catch (error) {
      // An old generation whose secrets are gone must not keep a new one from being installed.
      if (!(error instanceof UserError) || (words.system !== undefined && isOf(generation, words.system))) throw error
      first ??= error
      left.push({ generation: generation.number, why: error.message })
    }
  }
  if (files.length === 0 && first !== undefined) throw first
  files.push(wantedMenu(words.menu))
  if (words.bootloader !== undefined) files.push(...wantedLoaders(words.bootloader, words.signing))
  return { files: [...new Map(files.map((file) => [file.path, file])).values()], secret, left }
}

/** Look at an ESP and decide what to do. `running`: the system whose entry stays in any case. */
export function planFor(
  esp: Esp,
  wanted: Wanted,
  keeping: { readonly running?: string; readonly generations: readonly number[] },
): Plan {
  const present = esp.list(Object.values(FOLDER))
  const whole = new Map<WantedFile, string>()
  const broken = new Set<WantedFile>()
  for (const file of wanted.files) {
    const candidates = present.filter(({ path }) => isSame(file, path)).sort((a, b) => a.path.length - b.path.length)
    const found = candidates.find(({ path }) => judge(esp, path, file.isWhole))
    if (found === undefined && file.kind === 'loader') for (const { path } of candidates) refuseShim(esp, path)
    if (found !== undefined) whole.set(file, found.path)
    else if (!candidates.some(({ path }) => judge(esp, path, file.isSigned ?? (() => true)))) broken.add(file)
  }
  const generations = new Set([...keeping.generations, ...wanted.left.map(({ generation }) => generation)])
  const replaced = new Set(wanted.files.map(({ path }) => menuLine(path)))
  const keep = ({ path, toplevel, name }: EspEntry) =>
    (toplevel !== undefined && toplevel === keeping.running && !replaced.has(menuLine(path))) ||
    (name !== undefined && generations.has(name.generation))
  const seen = { present, entries: readEntries(esp), others: otherUsers(esp) }
  const facts = { esp: esp.name, wanted: wanted.files, ...seen, whole, broken, keep }
  return planInstall({ ...facts, space: esp.space() })
}

/** A file that the disk does not give back is not whole: it is made anew. */
function judge(esp: Esp, path: string, test: (present: ByteSource) => boolean): boolean {
  try {
    return withEspFile(esp, path, test)
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}

/** Where firmware trusts Microsoft's keys alone, nothing boots without the shim that they signed. */
function refuseShim(esp: Esp, path: string): void {
  if (!isShim(withEspFile(esp, path, readable))) return
  throw new UserError(
    `${esp.name}/${path} is a shim, and it would be replaced`,
    'leave --bootloader out, and put the boot loader beside it as grubx64.efi; or remove the shim first',
  )
}

/** FAT does not tell capitals from small letters; an entry is the same whatever its counter says. */
function isSame({ kind, path }: WantedFile, present: string): boolean {
  return kind === 'entry' ? entryStem(path) === entryStem(present) : path.toLowerCase() === present.toLowerCase()
}
