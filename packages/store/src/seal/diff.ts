import { parseDrvName } from '@firn/nix'
import type { Seal } from './seal-file.ts'
import { nameOfLine, parseLine, type SealedPath } from './seal-line.ts'
import type { SealedNode } from './tree.ts'

/** What is between two seals. */
export interface SealDiff {
  readonly from: number
  readonly to: number
  /** The same package in another version or build: its name without hash and version is the same. */
  readonly updated: readonly {
    readonly name: string
    readonly from: readonly string[]
    readonly to: readonly string[]
  }[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** The same store path with other contents: never so by Nix, unless it was repaired from a build that differs. */
  readonly changed: readonly { readonly name: string; readonly files: readonly string[] }[]
  readonly kept: number
}

/** Compare two seals whose lines were verified; paths as `HASH-NAME`. */
export function diffSeals(from: Seal, to: Seal): SealDiff {
  const before = new Map(from.lines.map((line) => [nameOfLine(line), line]))
  const after = new Map(to.lines.map((line) => [nameOfLine(line), line]))
  const added = [...after.keys()].filter((name) => !before.has(name))
  const removed = [...before.keys()].filter((name) => !after.has(name))
  const updated = pairUp(removed, added)
  const paired = new Set(updated.flatMap(({ from: old, to: fresh }) => [...old, ...fresh]))
  const changed: { name: string; files: string[] }[] = []
  let kept = 0
  for (const [name, line] of after) {
    const old = before.get(name)
    if (old === undefined) continue
    if (Buffer.compare(old, line) === 0) kept++
    else
      changed.push({
        name,
        files: differences(parseLine(old, from.statement.storeDir), parseLine(line, to.statement.storeDir)),
      })
  }
  return {
    from: from.statement.generation,
    to: to.statement.generation,
    updated,
    added: added.filter((name) => !paired.has(name)),
    removed: removed.filter((name) => !paired.has(name)),
    changed,
    kept,
  }
}

/** Old and new of one package; what a version is called is `parseDrvName`'s to say. */
function pairUp(removed: readonly string[], added: readonly string[]): SealDiff['updated'] {
  const old = byPackage(removed)
  return [...byPackage(added)]
    .filter(([name]) => old.has(name))
    .map(([name, to]) => ({ name, from: old.get(name)!, to }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function byPackage(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const key = packageOf(name)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [name])
    else group.push(name)
  }
  return groups
}

/** `HASH-openssl-3.0.1-bin.drv` is `openssl bin .drv`: outputs and derivations are things of their own. */
function packageOf(name: string): string {
  const { name: pname, version } = parseDrvName(name.slice(33).replace(/\.drv$/, ''))
  const output = /-(bin|dev|doc|lib|man|info|out|debug|data|static|devdoc|getent)$/.exec(version)?.[1] ?? ''
  return `${pname} ${output}${name.endsWith('.drv') ? ' .drv' : ''}`
}

function versionOf(name: string): string {
  return parseDrvName(name.slice(33)).version
}

/** Files of one path that differ, as bytes of their names are. */
function differences(before: SealedPath, after: SealedPath): string[] {
  const found: string[] = []
  compare('', before.tree, after.tree, found)
  return found
}

function compare(place: string, before: SealedNode | undefined, after: SealedNode | undefined, found: string[]): void {
  if (before === undefined || after === undefined || before.kind !== after.kind) {
    found.push(place === '' ? '.' : place)
    return
  }
  if (before.kind === 'directory' && after.kind === 'directory') {
    const [old, fresh] = [new Map(before.entries), new Map(after.entries)]
    for (const name of [...new Set([...old.keys(), ...fresh.keys()])].sort()) {
      compare(place === '' ? name : `${place}/${name}`, old.get(name), fresh.get(name), found)
    }
    return
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) found.push(place === '' ? '.' : place)
}

/** The diff as people read it. */
export function tellDiff(diff: SealDiff): string {
  const { from, to, updated, added, removed, changed, kept } = diff
  const count = updated.reduce((sum, pair) => sum + Math.max(pair.from.length, pair.to.length), 0)
  const total = count + added.length + removed.length + changed.length
  if (total === 0) return `nothing changed between generations ${from} and ${to}: ${paths(kept)} are the same\n`
  const lines = [
    `${paths(total)} changed between generations ${from} and ${to}; ${kept} are the same`,
    ...section(
      'changed in place, which no update does',
      changed,
      ({ name, files }) => `${name}: ${files.slice(0, 5).join(', ')}`,
    ),
    ...section('another version or build', updated, tellUpdate),
    ...section('added', added, (name) => name),
    ...section('removed', removed, (name) => name),
  ]
  return `${lines.join('\n')}\n`
}

function tellUpdate({ name, from, to }: SealDiff['updated'][number]): string {
  const versions = (names: readonly string[]) => [...new Set(names.map(versionOf))].join(', ')
  const [old, fresh] = [versions(from), versions(to)]
  const package_ = name.trim()
  if (old !== fresh) return `${package_}: ${old || 'no version'} -> ${fresh || 'no version'}`
  return `${package_}${fresh === '' ? '' : ` ${fresh}`}: built anew`
}

function section<T>(title: string, entries: readonly T[], tell: (entry: T) => string): string[] {
  return entries.length === 0 ? [] : [`${title} (${entries.length}):`, ...entries.map((entry) => `  ${tell(entry)}`)]
}

function paths(count: number): string {
  return count === 1 ? '1 path' : `${count} paths`
}
