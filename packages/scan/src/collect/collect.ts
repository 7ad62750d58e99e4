import { EXIT, UserError } from '@firn/core'
import type { Derivation } from '@firn/nix'
import { canonical, SNAPSHOT_SCHEMA, type Snapshot, type SnapshotPath } from './snapshot.ts'
import type { ClosureSource } from './source.ts'
import { describeDerivation, fetchedInputs, outputPaths } from './stdenv.ts'

/**
 * Take the snapshot of a closure: its paths, then the derivations that made them as far as their files are present,
 * then the fixed outputs among their inputs, for the URLs of sources and patches. With `buildtime` the roots are
 * `.drv` files and each derivation of the graph is read.
 */
export async function collectSnapshot(
  source: ClosureSource,
  roots: readonly string[],
  kind: Snapshot['kind'],
): Promise<Snapshot> {
  const paths = await source.closure(roots)
  const known = kind === 'buildtime' ? paths : await withPresentDerivers(source, paths)
  const wanted = kind === 'buildtime' ? paths.map((path) => path.path) : known.map((path) => path.deriver ?? '')
  const derivations = await source.derivations(unique(wanted.filter((path) => path.endsWith('.drv'))))
  const inputs = await readInputs(source, derivations)
  return canonical({
    schema: SNAPSHOT_SCHEMA,
    storeDir: source.storeDir,
    kind,
    roots,
    paths: known,
    derivations: [...derivations].map(([path, derivation]) => describeDerivation(path, derivation, inputs)),
  })
}

/** What was substituted names the derivation of another machine; the one that was evaluated here may be another. */
async function withPresentDerivers(
  source: ClosureSource,
  paths: readonly SnapshotPath[],
): Promise<readonly SnapshotPath[]> {
  const present = await source.valid(unique(paths.flatMap((path) => path.deriver ?? [])))
  const isAbsent = (path: SnapshotPath) => path.deriver === undefined || !present.has(path.deriver)
  const absent = paths.filter((path) => isAbsent(path) && path.ca?.startsWith('text:') !== true)
  if (absent.length === 0) return paths
  const others = await source.derivers(absent.map((path) => path.path))
  return paths.map((path) => {
    const other = others.get(path.path)
    return isAbsent(path) && other !== undefined ? { ...path, deriver: other } : path
  })
}

/**
 * The paths whose references make the closure: for `buildtime` the `.drv` files of what was named, for `runtime` the
 * outputs of a named `.drv`.
 */
export async function rootsFor(
  source: ClosureSource,
  named: readonly string[],
  kind: Snapshot['kind'],
): Promise<readonly string[]> {
  if (kind === 'runtime') return outputsOf(source, named)
  const derivers = await source.derivers(named.filter((path) => !path.endsWith('.drv')))
  return named.map((path) => {
    if (path.endsWith('.drv')) return path
    const deriver = derivers.get(path)
    if (deriver !== undefined) return deriver
    throw new UserError(
      `${path}: its .drv file is not in this store`,
      'build-time dependencies are known only where it was evaluated: scan there, or leave out --buildtime',
      EXIT.store,
    )
  })
}

async function outputsOf(source: ClosureSource, named: readonly string[]): Promise<readonly string[]> {
  const derivations = await source.derivations(named.filter((path) => path.endsWith('.drv')))
  const outputs = new Map([...derivations].map(([path, derivation]) => [path, outputPaths(derivation)]))
  const built = await source.valid([...outputs.values()].flat())
  return named.flatMap((path) => {
    const paths = outputs.get(path)
    if (paths === undefined) return path
    const present = paths.filter((output) => built.has(output))
    if (present.length > 0) return present
    throw new UserError(
      `${path}: none of its outputs is built`,
      'build it first, or scan what building it takes with --buildtime',
    )
  })
}

async function readInputs(
  source: ClosureSource,
  derivations: ReadonlyMap<string, Derivation>,
): Promise<ReadonlyMap<string, Derivation>> {
  const wanted = new Set<string>()
  for (const derivation of derivations.values()) for (const input of fetchedInputs(derivation)) wanted.add(input)
  const inputs = new Map(await source.derivations([...wanted].filter((path) => !derivations.has(path))))
  for (const path of wanted) {
    const known = derivations.get(path)
    if (known !== undefined) inputs.set(path, known)
  }
  return inputs
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)]
}
