import { type Bootspec, commandLineOf } from '../bootspec.ts'

/** One generation of a system profile: what can be chosen at boot, and rolled back to. */
export interface Generation {
  readonly number: number
  readonly bootspec: Bootspec
  /** When it was made, for the menu. */
  readonly built?: Date
}

/** One line of the boot menu: a generation, or one of its specialisations. */
export interface Variant {
  readonly generation: Generation
  readonly specialisation?: string
  readonly bootspec: Bootspec
}

export interface Choice {
  /** How many of the newest to keep; 0 is all. */
  readonly limit: number
  /** Systems (store paths) whose generations are kept whatever the limit says: what runs, what is the default. */
  readonly always: readonly string[]
}

/** The generations that belong on the ESP, oldest first. */
export function chooseGenerations(all: readonly Generation[], { limit, always }: Choice): Generation[] {
  const sorted = [...all].sort((a, b) => a.number - b.number)
  const newest = new Set(limit === 0 ? sorted : sorted.slice(-limit))
  return sorted.filter((generation) => newest.has(generation) || always.some((system) => isOf(generation, system)))
}

/** Whether a system (store path) is that of a generation, or of one of its specialisations. */
export function isOf({ bootspec }: Generation, system: string): boolean {
  return [bootspec, ...bootspec.specialisations.values()].some(({ toplevel }) => toplevel === system)
}

/** A generation's lines in the menu: itself, then its specialisations by name. */
export function variantsOf(generation: Generation): Variant[] {
  const others = [...generation.bootspec.specialisations].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    { generation, bootspec: generation.bootspec },
    ...others.map(([specialisation, bootspec]) => ({ generation, specialisation, bootspec })),
  ]
}

/** For messages: `generation 7`, `generation 7, specialisation rescue`. */
export function nameOfVariant({ generation, specialisation }: Variant): string {
  return `generation ${generation.number}${specialisation === undefined ? '' : `, specialisation ${specialisation}`}`
}

/**
 * os-release for systemd-boot's menu: it shows PRETTY_NAME, groups by ID, and sorts by VERSION_ID, newest first; `~` puts
 * a specialisation right behind its generation.
 */
export function osReleaseOf({ generation, specialisation, bootspec }: Variant): string {
  const about = [
    `generation ${generation.number}`,
    ...(specialisation === undefined ? [] : [specialisation]),
    ...(generation.built === undefined ? [] : [generation.built.toISOString().slice(0, 10)]),
  ]
  const fields = {
    ID: bootspec.sortKey ?? 'nixos',
    PRETTY_NAME: `${bootspec.label} (${about.join(', ')})`,
    VERSION_ID: `${generation.number}${specialisation === undefined ? '' : `~${specialisation}`}`,
  }
  return Object.entries(fields)
    .map(([key, value]) => `${key}="${quoted(value)}"\n`)
    .join('')
}

/** What stage 1 will start, out of a command line: the system that an image boots. */
export function toplevelOfCmdline(cmdline: string): string | undefined {
  return /(?:^|\s)init=(\/\S+)\/init(?:\s|$)/.exec(cmdline)?.[1]
}

export function cmdlineOf({ bootspec }: Variant): string {
  return commandLineOf(bootspec)
}

function quoted(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, ' ').replace(/[\\"`$]/g, '\\$&')
}
