import { EXIT, UserError } from '@firn/core'
import type { EspFile, EspSpace } from './esp.ts'
import { contentHash, FOLDER, fileOf, folderOf, menuLine, parseEntryFile, TEMPORARY } from './layout.ts'
import type { EspEntry, OtherUsers } from './present.ts'
import type { WantedFile } from './wanted.ts'

/** What is known before anything is decided. */
export interface PlanFacts {
  /** For messages: where the ESP is mounted. */
  readonly esp: string
  /** Each path once. */
  readonly wanted: readonly WantedFile[]
  /** Every file in the folders that are ours to look after. */
  readonly present: readonly EspFile[]
  readonly entries: readonly EspEntry[]
  readonly others: OtherUsers
  /** Of wanted files, those that are there whole, and where. */
  readonly whole: ReadonlyMap<WantedFile, string>
  /** Boot loaders that nothing would start: they are mended before those are replaced that still work. */
  readonly broken: ReadonlySet<WantedFile>
  /** Entries that stay although nobody asked for them: the system that runs, generations that cannot be read now. */
  readonly keep: (entry: EspEntry) => boolean
  readonly space: EspSpace
}

export type Step =
  | { readonly do: 'write'; readonly file: WantedFile; readonly path: string; readonly replaces?: number }
  | { readonly do: 'remove'; readonly path: string; readonly size: number; readonly why: string }

/** What will be done to an ESP, in this order. */
export interface Plan {
  readonly esp: string
  readonly steps: readonly Step[]
  readonly kept: readonly string[]
  /** Old generations go first only where there is no room to keep them a little longer. */
  readonly order: 'add first' | 'remove first'
  /** Bytes, in whole clusters: what is free now, at the worst moment, and afterwards. */
  readonly free: { readonly now: number; readonly least: number; readonly after: number }
}

/** Folders grow by a cluster when many names are added. */
const SPARE_CLUSTERS = 4

/**
 * Decide what to write and what to remove. Whatever the moment at which this is stopped, what booted before boots, or
 * what is new does: a file gets its name when it is whole, an entry comes after what it starts, and goes before it.
 */
export function planInstall(facts: PlanFacts): Plan {
  const { wanted, whole, space, esp } = facts
  if (!wanted.some(({ kind }) => kind === 'entry')) {
    throw new UserError(`${esp}: there would be nothing to boot`, 'no generation can be installed; see above why')
  }
  const writes = writeSteps(facts)
  const kept = keptPaths(facts, writes)
  const removes = removeSteps(facts, kept)
  const leftovers = facts.present
    .filter(({ path }) => path.endsWith(TEMPORARY))
    .map(({ path, size }): Step => ({ do: 'remove', path, size, why: 'left behind when an installation was stopped' }))
  const orders = [
    { order: 'add first', steps: [...leftovers, ...writes, ...removes] },
    { order: 'remove first', steps: [...leftovers, ...removes, ...writes] },
  ] as const
  const allowed = orders.filter(({ order }) => order === 'add first' || somethingBoots(facts))
  const measured = allowed.map(({ order, steps }) => ({ order, steps, free: freeOver(steps, space) }))
  const spare = SPARE_CLUSTERS * space.cluster
  const fits = measured.find(({ steps, free }) => free.least >= (steps.some((step) => step.do === 'write') ? spare : 0))
  const best = measured.at(-1)!
  if (fits === undefined) throw noRoom(esp, space, best.free.least - spare)
  return { esp, ...fits, kept: [...new Set([...whole.values(), ...keptEntries(facts).map(({ path }) => path)])].sort() }
}

/** Contents, then entries, then how to choose among them, then what starts them; a broken copy before a whole one. */
function writeSteps({ wanted, whole, present, broken }: PlanFacts): Step[] {
  const kinds = ['kernel', 'initrd', 'entry', 'settings', 'loader']
  const rank = (file: WantedFile) => 2 * kinds.indexOf(file.kind) + (broken.has(file) ? 0 : 1)
  const sizes = new Map(present.map(({ path, size }) => [path.toLowerCase(), size]))
  return wanted
    .filter((file) => !whole.has(file))
    .sort((a, b) => rank(a) - rank(b))
    .map((file) => {
      const replaces = sizes.get(file.path.toLowerCase())
      return { do: 'write', file, path: file.path, ...(replaces !== undefined && { replaces }) }
    })
}

function keptEntries({ entries, keep, whole }: PlanFacts): EspEntry[] {
  const wanted = new Set([...whole.values()].map((path) => path.toLowerCase()))
  return entries.filter((entry) => entry.name === undefined || wanted.has(entry.path.toLowerCase()) || keep(entry))
}

/** In small letters: what must not be removed. */
function keptPaths(facts: PlanFacts, writes: readonly Step[]): Set<string> {
  const entries = keptEntries(facts)
  const paths = [
    ...facts.whole.values(),
    ...writes.map(({ path }) => path),
    ...entries.map(({ path }) => path),
    ...entries.flatMap(({ needs }) => needs.flatMap(({ path }) => path ?? [])),
    ...facts.wanted.flatMap(({ needs }) => needs),
    ...facts.others.paths,
  ]
  return new Set(paths.map((path) => path.toLowerCase()))
}

/** Entries before what they start. Only what such a tool named is removed: nobody else's files. */
function removeSteps(facts: PlanFacts, kept: ReadonlySet<string>): Step[] {
  const { present, wanted } = facts
  const isUsed = usedElsewhere(facts)
  const lines = new Set(wanted.map(({ path }) => menuLine(path)))
  const surplus = present.filter(({ path }) => !kept.has(path.toLowerCase()) && !path.endsWith(TEMPORARY))
  const old = surplus.filter(({ path }) => isIn(path, FOLDER.entries) && parseEntryFile(fileOf(path)) !== undefined)
  const unused = surplus
    .filter(({ path }) => isIn(path, FOLDER.contents) && contentHash(fileOf(path)) !== undefined)
    .filter(({ path }) => !isUsed(path))
  return [
    ...old.map(({ path, size }): Step => {
      const why = lines.has(menuLine(path)) ? 'another file takes its place' : 'a generation that is not kept'
      return { do: 'remove', path, size, why }
    }),
    ...unused.map(({ path, size }): Step => ({ do: 'remove', path, size, why: 'no entry starts it' })),
  ]
}

/** Whether something else may start a kernel or initrd: a text names it, or what names it cannot be read now. */
function usedElsewhere(facts: PlanFacts): (path: string) => boolean {
  const { text, unread } = facts.others
  if (unread || keptEntries(facts).some((entry) => entry.unread === true)) return () => true
  const told = text.toLowerCase()
  return (path) => told.includes(fileOf(path).toLowerCase())
}

function isIn(path: string, folder: string): boolean {
  return folderOf(path).toLowerCase() === folder.toLowerCase()
}

/** Whether a wanted entry is there already, with all it starts, and has not failed at every try. */
function somethingBoots({ wanted, whole }: PlanFacts): boolean {
  const files = new Map(wanted.map((file) => [file.path, file]))
  return wanted.some((file) => {
    const at = whole.get(file)
    if (file.kind !== 'entry' || at === undefined || parseEntryFile(fileOf(at))?.counter?.left === 0) return false
    return file.needs.every((path) => whole.has(files.get(path)!))
  })
}

/** How much is free now, at the worst moment, and at the end. A file that is replaced is there twice for a moment. */
function freeOver(steps: readonly Step[], { free, cluster }: EspSpace): Plan['free'] {
  const clusters = (size: number) => Math.ceil(size / cluster) * cluster
  let now = free
  let least = free
  for (const step of steps) {
    now += step.do === 'remove' ? clusters(step.size) : -clusters(step.file.size)
    least = Math.min(least, now)
    if (step.do === 'write') now += clusters(step.replaces ?? 0)
  }
  return { now: free, least, after: now }
}

function noRoom(esp: string, { free }: EspSpace, least: number): UserError {
  // Rounded away from each other, that they never look the same.
  const megabytes = (bytes: number, round: (value: number) => number) =>
    `${(round((bytes / 2 ** 20) * 10) / 10).toFixed(1)} MB`
  const needed = megabytes(free - least, Math.ceil)
  return new UserError(
    `${esp}: ${megabytes(free, Math.floor)} are free, ${needed} are needed; nothing was changed`,
    'keep fewer generations (--generations N), make the initrd smaller, or use a larger partition',
    EXIT.store,
  )
}
