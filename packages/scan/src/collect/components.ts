import { parseDrvName } from '@firn/nix/closure'
import type { Component } from '../match/model.ts'
import { type OtherKind, otherKind } from './kinds.ts'
import { nameOfPath } from './paths.ts'
import type { Snapshot, SnapshotDerivation, SnapshotPath } from './snapshot.ts'

/** A component that was found in a closure (or an SBOM), and where. */
export interface ClosureComponent extends Component {
  /** Its paths in the closure, the `out` output first, the others sorted. Empty for one that an SBOM names. */
  readonly paths: readonly string[]
  /** The derivation's path: its file may be absent. */
  readonly derivation?: string
}

/** A closure taken apart: the packages, and how many paths are something else. */
export interface Composition {
  /** Sorted by name, then by first path. */
  readonly components: readonly ClosureComponent[]
  /** Paths that are no package, counted by kind. */
  readonly others: Readonly<Partial<Record<OtherKind, number>>>
}

/** The outputs of one derivation that are in the closure. */
interface Group {
  readonly name: string
  readonly paths: readonly SnapshotPath[]
  readonly derivation?: SnapshotDerivation
  readonly deriver?: string
}

/**
 * The components of a snapshot, one a derivation with its outputs joined. Where the `.drv` file is not in the store,
 * name and version are left to what the store name says, and patches are unknown, not none.
 */
export function composeSnapshot(snapshot: Snapshot): Composition {
  const groups = snapshot.kind === 'buildtime' ? derivationGroups(snapshot) : outputGroups(snapshot)
  const others: Partial<Record<OtherKind, number>> = {}
  const packages: Group[] = []
  for (const group of groups) {
    const kind = otherKind(traits(group))
    if (kind === undefined) packages.push(group)
    else others[kind] = (others[kind] ?? 0) + group.paths.length
  }
  const wrapped = wrapperNames(packages)
  const components: ClosureComponent[] = []
  for (const group of packages) {
    if (wrapped(group)) others.wrapper = (others.wrapper ?? 0) + group.paths.length
    else components.push(component(group))
  }
  components.sort((a, b) => compare(a.name, b.name) || compare(a.paths[0] ?? '', b.paths[0] ?? ''))
  return { components, others }
}

/** Name and version to show: what the derivation says, else what the name says. */
export function nameAndVersion(component: Component): { pname: string; version?: string } {
  const parsed = parseDrvName(component.name)
  const version = component.version ?? (parsed.version === '' ? undefined : parsed.version)
  return { pname: component.pname ?? parsed.name, ...(version === undefined ? {} : { version }) }
}

function outputGroups(snapshot: Snapshot): Group[] {
  const derivations = new Map(snapshot.derivations.map((derivation) => [derivation.path, derivation]))
  const groups = new Map<string, Group & { paths: SnapshotPath[] }>()
  for (const path of snapshot.paths) {
    const { deriver } = path
    const derivation = deriver === undefined ? undefined : derivations.get(deriver)
    const key = deriver ?? path.path
    const group = groups.get(key)
    if (group !== undefined) group.paths.push(path)
    else {
      groups.set(key, {
        name:
          derivation?.name ??
          (deriver === undefined ? withoutOutput(path.name) : nameOfPath(deriver).replace(/\.drv$/, '')),
        paths: [path],
        ...(derivation === undefined ? {} : { derivation }),
        ...(deriver === undefined ? {} : { deriver }),
      })
    }
  }
  return [...groups.values()]
}

/** In the graph of derivations each `.drv` is a path of its own; what else is in it are files of expressions. */
function derivationGroups(snapshot: Snapshot): Group[] {
  const derivations = new Map(snapshot.derivations.map((derivation) => [derivation.path, derivation]))
  return snapshot.paths.map((path) => {
    const derivation = derivations.get(path.path)
    if (derivation === undefined) return { name: path.name, paths: [path] }
    return { name: derivation.name, paths: [path], derivation, deriver: path.path }
  })
}

function traits(group: Group) {
  const { derivation } = group
  const ca = group.derivation !== undefined ? undefined : group.paths[0]?.ca
  const content = derivation?.fixedOutput || ca?.startsWith('fixed:') ? 'fixed' : ca?.startsWith('text:') ? 'text' : ''
  return {
    name: group.name,
    ...(derivation?.pname === undefined ? {} : { pname: derivation.pname }),
    ...(derivation?.version === undefined ? {} : { version: derivation.version }),
    ...(content === '' ? {} : { content: content as 'fixed' | 'text' }),
    ...(derivation === undefined ? {} : { fetched: derivation.sources.length > 0 }),
  }
}

/**
 * A package that refers to `NAME-unwrapped` of its own version is the wrapper of it (`firefox`, `firefox-esr`): what an
 * advisory says is said of the wrapped one, and only that one carries the patches.
 */
function wrapperNames(packages: readonly Group[]): (group: Group) => boolean {
  const unwrapped = new Map<string, { pname: string; version: string }>()
  for (const group of packages) {
    const { pname, version } = identity(group)
    if (!pname.endsWith('-unwrapped')) continue
    for (const path of group.paths) unwrapped.set(path.path, { pname: pname.slice(0, -'-unwrapped'.length), version })
  }
  return (group) => {
    const { pname, version } = identity(group)
    const wraps = (reference: string) => {
      const inner = unwrapped.get(reference)
      return (
        inner?.version === version &&
        (pname === inner.pname || pname.startsWith(`${inner.pname}-`)) &&
        !pname.endsWith('-unwrapped')
      )
    }
    return unwrapped.size > 0 && group.paths.some((path) => path.references.some(wraps))
  }
}

function identity(group: Group): { pname: string; version: string } {
  const parsed = parseDrvName(group.name)
  return { pname: group.derivation?.pname ?? parsed.name, version: group.derivation?.version ?? parsed.version }
}

function component({ name, paths, derivation, deriver }: Group): ClosureComponent {
  const out = derivation?.outputs.out
  const sorted = paths
    .map((path) => path.path)
    .sort((a, b) => outRank(a, name, out) - outRank(b, name, out) || compare(a, b))
  return {
    name,
    ...(derivation?.pname === undefined ? {} : { pname: derivation.pname }),
    ...(derivation?.version === undefined ? {} : { version: derivation.version }),
    ...(derivation === undefined
      ? {}
      : { system: derivation.system, patches: derivation.patches, sources: derivation.sources }),
    paths: sorted,
    ...(deriver === undefined ? {} : { derivation: deriver }),
  }
}

/** 0 for the `out` output, which carries the plain name. */
function outRank(path: string, name: string, out: string | undefined): number {
  return path === out || (out === undefined && path.endsWith(`-${name}`)) ? 0 : 1
}

const OUTPUT =
  /-(bin|dev|devdoc|devman|doc|debug|dist|info|lib|libgcc|man|modules|out|pam|plugins|py|python|static|terminfo|tools)$/

/** A store name less the output it ends with; only for paths whose derivation nobody knows. */
function withoutOutput(name: string): string {
  const base = name.replace(OUTPUT, '')
  return parseDrvName(base).version === '' ? name : base
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
