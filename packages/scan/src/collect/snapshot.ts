import { createHash } from 'node:crypto'
import { UserError } from '@firn/core'

/** The shape of a saved snapshot. A reader refuses what it does not know. */
export const SNAPSHOT_SCHEMA = 'firn/snapshot/1'

/** One store path of the closure, as the store's database has it. */
export interface SnapshotPath {
  readonly path: string
  /** The path's name, without folder and hash part. */
  readonly name: string
  /** The derivation that made it: the one that is present where there is one, else the recorded one. */
  readonly deriver?: string
  /** Sorted; a reference to itself is kept. */
  readonly references: readonly string[]
  /** `sha256-` and base64. */
  readonly narHash: string
  readonly narSize: number
  /** `fixed:r:sha256:…` or `text:sha256:…` for paths addressed by their content. */
  readonly ca?: string
}

/** What a present `.drv` file says of a package. */
export interface SnapshotDerivation {
  readonly path: string
  readonly name: string
  readonly pname?: string
  readonly version?: string
  readonly system: string
  /** Output name to store path; '' while a content-addressed output is not built. */
  readonly outputs: Readonly<Record<string, string>>
  /** The output's hash is given beforehand: a source, mostly. */
  readonly fixedOutput: boolean
  /** Base names without hash of what is applied to the source, and the URLs these came from. */
  readonly patches: readonly string[]
  /** Where the source comes from; for a fixed output its own URLs. */
  readonly sources: readonly string[]
}

/**
 * A closure and all that is known of it without looking into its files: the unit that is kept, compared and scanned
 * again later without the store. It does not say which backend read it: all of them make the same bytes.
 */
export interface Snapshot {
  readonly schema: typeof SNAPSHOT_SCHEMA
  readonly storeDir: string
  /** `runtime`: the references of outputs. `buildtime`: the graph of derivations. */
  readonly kind: 'runtime' | 'buildtime'
  readonly roots: readonly string[]
  /** Sorted by path. */
  readonly paths: readonly SnapshotPath[]
  /** Sorted by path; those whose `.drv` file is present. */
  readonly derivations: readonly SnapshotDerivation[]
}

/** SHA-256 of the canonical JSON, `sha256:` and hex. */
export function snapshotDigest(snapshot: Snapshot): string {
  return `sha256:${createHash('sha256').update(canonicalJson(snapshot)).digest('hex')}`
}

/** The file that `--save` writes: the canonical JSON with its digest. */
export function printSnapshot(snapshot: Snapshot): string {
  return `${JSON.stringify({ ...canonical(snapshot), digest: snapshotDigest(snapshot) })}\n`
}

/**
 * Read what `printSnapshot` wrote. Everything is checked: a file that is cut short, changed, or of a newer shape is a
 * UserError.
 */
export function parseSnapshot(text: string): Snapshot {
  const json = parseJson(text)
  const root = object(json, 'the snapshot')
  if (root.schema !== SNAPSHOT_SCHEMA) {
    throw new UserError(
      `snapshot: its schema is ${JSON.stringify(root.schema ?? null).slice(0, 60)}, this firn reads ${SNAPSHOT_SCHEMA}`,
      'make it again with firn scan --save, or use the firn that made it',
    )
  }
  const kind = root.kind
  if (kind !== 'runtime' && kind !== 'buildtime') fail('kind', 'is neither runtime nor buildtime')
  const snapshot = canonical({
    schema: SNAPSHOT_SCHEMA,
    storeDir: string(root.storeDir, 'storeDir'),
    kind,
    roots: strings(root.roots, 'roots'),
    paths: list(root.paths, 'paths').map(parsePath),
    derivations: list(root.derivations, 'derivations').map(parseDerivation),
  })
  if (root.digest !== snapshotDigest(snapshot)) fail('digest', 'does not belong to what the file holds')
  return snapshot
}

function parsePath(json: unknown): SnapshotPath {
  const entry = object(json, 'paths')
  return {
    path: string(entry.path, 'path'),
    name: string(entry.name, 'name'),
    ...optional('deriver', entry.deriver),
    references: strings(entry.references, 'references'),
    narHash: string(entry.narHash, 'narHash'),
    narSize: size(entry.narSize, 'narSize'),
    ...optional('ca', entry.ca),
  }
}

function parseDerivation(json: unknown): SnapshotDerivation {
  const entry = object(json, 'derivations')
  const outputs = Object.entries(object(entry.outputs, 'outputs'))
  return {
    path: string(entry.path, 'path'),
    name: string(entry.name, 'name'),
    ...optional('pname', entry.pname),
    ...optional('version', entry.version),
    system: string(entry.system, 'system'),
    outputs: Object.fromEntries(outputs.map(([name, path]) => [name, string(path, 'outputs')])),
    fixedOutput: entry.fixedOutput === true,
    patches: strings(entry.patches, 'patches'),
    sources: strings(entry.sources, 'sources'),
  }
}

/** One order for everything, so that equal closures have equal bytes. */
export function canonical(snapshot: Snapshot): Snapshot {
  return {
    schema: SNAPSHOT_SCHEMA,
    storeDir: snapshot.storeDir,
    kind: snapshot.kind,
    roots: [...snapshot.roots].sort(),
    paths: [...snapshot.paths].sort(byPath).map((entry) => ({
      path: entry.path,
      name: entry.name,
      ...(entry.deriver === undefined ? {} : { deriver: entry.deriver }),
      references: [...entry.references].sort(),
      narHash: entry.narHash,
      narSize: entry.narSize,
      ...(entry.ca === undefined ? {} : { ca: entry.ca }),
    })),
    derivations: [...snapshot.derivations].sort(byPath).map((entry) => ({
      path: entry.path,
      name: entry.name,
      ...(entry.pname === undefined ? {} : { pname: entry.pname }),
      ...(entry.version === undefined ? {} : { version: entry.version }),
      system: entry.system,
      outputs: Object.fromEntries(Object.entries(entry.outputs).sort(([a], [b]) => compare(a, b))),
      fixedOutput: entry.fixedOutput,
      patches: [...entry.patches],
      sources: [...entry.sources],
    })),
  }
}

function canonicalJson(snapshot: Snapshot): string {
  return JSON.stringify(canonical(snapshot))
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return compare(a.path, b.path)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UserError('snapshot: this is not JSON, or it is cut short', 'make it again with firn scan --save')
  }
}

function object(json: unknown, what: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) fail(what, 'is not an object')
  return json as Record<string, unknown>
}

function list(json: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(json)) fail(what, 'is not a list')
  return json
}

function strings(json: unknown, what: string): string[] {
  return list(json, what).map((entry) => string(entry, what))
}

function string(json: unknown, what: string): string {
  if (typeof json !== 'string') fail(what, 'is not text')
  return json
}

function size(json: unknown, what: string): number {
  if (!Number.isSafeInteger(json) || (json as number) < 0) fail(what, 'is not a size')
  return json as number
}

function optional<K extends string>(key: K, json: unknown): { [P in K]?: string } {
  return json === undefined ? {} : ({ [key]: string(json, key) } as { [P in K]?: string })
}

function fail(what: string, message: string): never {
  throw new UserError(`snapshot: ${what} ${message}`, 'the file is damaged: make it again with firn scan --save')
}
