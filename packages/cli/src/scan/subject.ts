import { existsSync, readFileSync, statSync } from 'node:fs'
import { naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { gcRoots, profileRoots, resolveStorePath, type StorePlace, storePlace, systemRoot } from '@firn/nix/closure'
import {
  type Composition,
  collectSnapshot,
  composeSnapshot,
  nameOfPath,
  openSource,
  parseSnapshot,
  readCycloneDx,
  rootsFor,
  type Snapshot,
} from '@firn/scan/closure'
import type { Io } from '../command.ts'

/** Options that say what to look at: scan and sbom have them in common. */
export const SUBJECT_OPTIONS = {
  store: { type: 'string' },
  backend: { type: 'string' },
  system: { type: 'boolean' },
  profile: { type: 'string' },
  'gc-roots': { type: 'boolean' },
  drv: { type: 'string' },
  sbom: { type: 'string' },
  snapshot: { type: 'string' },
  runtime: { type: 'boolean' },
  buildtime: { type: 'boolean' },
} as const

export interface SubjectOptions {
  readonly store?: string | undefined
  readonly backend?: string | undefined
  readonly system?: boolean | undefined
  readonly profile?: string | undefined
  readonly 'gc-roots'?: boolean | undefined
  readonly drv?: string | undefined
  readonly sbom?: string | undefined
  readonly snapshot?: string | undefined
  readonly runtime?: boolean | undefined
  readonly buildtime?: boolean | undefined
}

/** What is looked at: components with the closure they are from, or with none when an SBOM names them. */
export interface Subject {
  /** One line: `nixos-system-… (194 paths)`. */
  readonly label: string
  readonly composition: Composition
  readonly snapshot?: Snapshot
}

const MAX_FILE = 512 * 1024 * 1024

/** Read what the words and options name. Exactly one kind of input is taken. */
export async function loadSubject(paths: readonly string[], options: SubjectOptions, io: Io): Promise<Subject> {
  requireOneInput(paths, options)
  if (options.sbom !== undefined) return subjectOfSbom(options.sbom)
  if (options.snapshot !== undefined) return subjectOfSnapshot(options.snapshot)
  const place = storePlace(io.env, options.store)
  const kind = options.buildtime === true ? 'buildtime' : 'runtime'
  const source = await openSource(place, io.env, options.backend)
  try {
    const named = rootsOf(paths, options, place, io)
    const roots = await rootsFor(source, named, kind)
    return fromSnapshot(await collectSnapshot(source, roots, kind))
  } finally {
    source.close()
  }
}

/** Whether a word is a file of its own, such as a snapshot or an SBOM, and leads to nothing in the store. */
export function isFileOutsideOfStore(word: string, { store }: SubjectOptions, io: Io): boolean {
  try {
    resolveStorePath(word, storePlace(io.env, store))
    return false
  } catch {
    return existsSync(word) && !statSync(word).isDirectory()
  }
}

/** A file that a command wrote: a saved snapshot or an SBOM, told by its content. */
export function subjectOfFile(file: string, text: string): Subject {
  return /"bomFormat"/.test(text) ? sbomSubject(file, text) : naming(file, () => fromSnapshot(parseSnapshot(text)))
}

/** A whole file as text; what the system says of it is a UserError. */
export function readInput(file: string): string {
  try {
    const bytes = readFileSync(file)
    if (bytes.length > MAX_FILE) {
      throw new UserError(`${file}: larger than 512 MB`, 'this is no SBOM and no snapshot of one system')
    }
    // Editors and shells of Windows begin a text with a mark.
    return bytes.toString('utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    throw diskError(file, error)
  }
}

function subjectOfSbom(file: string): Subject {
  return sbomSubject(file, readInput(file))
}

function sbomSubject(file: string, text: string): Subject {
  const components = naming(file, () => readCycloneDx(text))
  return { label: `${file} (${components.length} components)`, composition: { components, others: {} } }
}

function subjectOfSnapshot(file: string): Subject {
  const text = readInput(file)
  return naming(file, () => fromSnapshot(parseSnapshot(text)))
}

function fromSnapshot(snapshot: Snapshot): Subject {
  const [first = 'an empty closure', ...more] = snapshot.roots
  const others = more.length === 0 ? '' : ` and ${more.length} more`
  const paths = snapshot.paths.length === 1 ? 'path' : 'paths'
  const graph = snapshot.kind === 'buildtime' ? `${paths} of the build graph` : paths
  return {
    label: `${nameOfPath(first)}${others} (${snapshot.paths.length} ${graph})`,
    composition: composeSnapshot(snapshot),
    snapshot,
  }
}

function requireOneInput(paths: readonly string[], options: SubjectOptions): void {
  const given = [
    paths.length > 0 ? 'PATH' : '',
    ...(['system', 'profile', 'gc-roots', 'drv', 'sbom', 'snapshot'] as const).map((name) =>
      options[name] === undefined ? '' : `--${name}`,
    ),
  ].filter((name) => name !== '')
  if (given.length === 0) {
    throw new UserError('nothing to scan', 'name a store path or a link such as result, or use --system')
  }
  if (given.length > 1) {
    throw new UserError(
      `${given.join(' and ')} name different things to scan`,
      'give one of them, and run again for the other',
    )
  }
  if (options.buildtime === true && options.runtime === true) {
    throw new UserError('--buildtime and --runtime contradict each other', 'give one of them; --runtime is the default')
  }
  for (const name of ['sbom', 'snapshot'] as const) {
    if (options[name] !== undefined && (options.store !== undefined || options.buildtime === true)) {
      throw new UserError(`--${name} names a file, so --store and --buildtime say nothing`, 'leave them out')
    }
  }
}

function rootsOf(paths: readonly string[], options: SubjectOptions, place: StorePlace, io: Io): string[] {
  if (options.system === true) return [systemRoot(place)]
  if (options['gc-roots'] === true) return gcRoots(place)
  if (options.profile !== undefined) return profileRoots(profilePath(options.profile, place, io), place)
  if (options.drv !== undefined && !resolveStorePath(options.drv, place).endsWith('.drv')) {
    throw new UserError(`--drv ${options.drv}: this is no .drv file`, 'name it without --drv to scan its closure')
  }
  const words = options.drv === undefined ? paths : [options.drv]
  const file = words.find((word) => isFileOutsideOfStore(word, options, io))
  if (file !== undefined) {
    throw new UserError(
      `${file}: neither a path in ${place.storeDir} nor a link to one`,
      'give a store path or a link to one; an SBOM is given with --sbom, what firn scan --save kept with --snapshot',
    )
  }
  return [...new Set(words.map((word) => resolveStorePath(word, place)))]
}

/** A profile by its path, or by its name among the store's profiles. */
function profilePath(profile: string, place: StorePlace, io: Io): string {
  if (profile.includes('/')) return profile.startsWith('~/') ? `${io.env.HOME ?? ''}${profile.slice(1)}` : profile
  return `${place.stateDir}/profiles/${profile}`
}
