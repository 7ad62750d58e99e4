import { UserError } from '@firn/core'
import { parseDrvName } from './drv-name.ts'

/** What a package set says of one package. Absent where it says nothing; lists are then empty. */
export interface PackageEntry {
  /** `python3Packages.requests`, without a system at its end. */
  readonly attribute: string
  readonly name: string
  /** As said, else taken from the name as Nix does. */
  readonly pname?: string
  readonly version?: string
  readonly system?: string
  readonly drvPath?: string
  /** Output name to store path. */
  readonly outputs?: Readonly<Record<string, string>>
  /** Derivation to the outputs of it that are used (nix-eval-jobs --show-input-drvs). */
  readonly inputDrvs?: Readonly<Record<string, readonly string[]>>
  /** `pkgs/tools/x/default.nix:12`, from the root of nixpkgs. */
  readonly position?: string
  readonly description?: string
  readonly homepages: readonly string[]
  /** SPDX ids where known, else nixpkgs' short names or what is written. */
  readonly licences: readonly string[]
  /** GitHub handles where known, else names; teams as their members. */
  readonly maintainers: readonly string[]
  readonly knownVulnerabilities: readonly string[]
  readonly cpes: readonly string[]
  readonly purls: readonly string[]
  readonly broken?: true
  readonly insecure?: true
  readonly unfree?: true
  /** Base names (of store paths without hash) and URLs; from `nix-eval-jobs --apply 'drv: { patches = …; }'`. */
  readonly patches?: readonly string[]
}

type Bag = Readonly<Record<string, unknown>>

/** A member of `packages.json`, or of what `nix-env -qaP --json --meta` prints. UserError: no object, no name. */
export function readPackage(attribute: string, value: unknown): PackageEntry {
  const entry = bag(value)
  if (entry === undefined) throw new UserError('no object', 'the others are read')
  const meta = bag(entry.meta) ?? {}
  const said = { pname: text(entry.pname), version: text(entry.version) }
  const name = text(entry.name) ?? [said.pname, said.version].flatMap((part) => part ?? []).join('-')
  if (name === '') throw new UserError('it has no name', 'the others are read')
  const fromName = parseDrvName(name)
  return {
    attribute: clean(attribute),
    name,
    ...optional('pname', said.pname ?? text(fromName.name)),
    ...optional('version', said.version ?? text(fromName.version)),
    ...optional('system', text(entry.system)),
    ...optional('drvPath', text(entry.drvPath)),
    ...optional('outputs', outputs(entry.outputs)),
    ...optional('inputDrvs', inputs(entry.inputDrvs)),
    ...optional('position', text(meta.position)?.replace(/^(\/nix\/store\/[^/]+|\/build\/source)\//, '')),
    ...optional('description', text(meta.description)),
    homepages: texts(meta.homepage),
    licences: distinct(items(meta.license).flatMap(licence)),
    maintainers: distinct([...items(meta.maintainers), ...items(meta.teams)].flatMap((each) => maintainer(each))),
    knownVulnerabilities: texts(meta.knownVulnerabilities),
    ...identifiers(meta.identifiers),
    ...(meta.broken === true && { broken: true }),
    ...(meta.insecure === true && { insecure: true }),
    ...(isUnfree(meta) && { unfree: true }),
    ...optional('patches', patches(bag(entry.extraValue)?.patches)),
  }
}

/** A line of nix-eval-jobs. An evaluation error is an entry too. */
export function readEvalJob(value: unknown): PackageEntry | { readonly attribute: string; readonly error: string } {
  const job = bag(value)
  if (job === undefined) throw new UserError('no object', 'the others are read')
  const attribute = attributeOf(job)
  const error = text(job.error)
  // Colours are for terminals.
  if (error !== undefined)
    return {
      attribute,
      error: error
        .replace(/\x1b\[[0-9;]*m/g, '')
        .trim()
        .slice(0, 2000),
    }
  try {
    return readPackage(attribute, job)
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown
    return { attribute, error: thrown.message }
  }
}

/** Jobs of release.nix end with their system: `hello.x86_64-linux`. */
function attributeOf(job: Bag): string {
  const path = texts(job.attrPath).map((part) =>
    /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(part) ? part : JSON.stringify(part),
  )
  const attribute = text(job.attr) ?? path.join('.')
  const system = text(job.system)
  const end = system === undefined ? '' : `.${system}`
  return end !== '' && attribute.endsWith(end) ? attribute.slice(0, -end.length) : attribute
}

function outputs(value: unknown): Readonly<Record<string, string>> | undefined {
  const paths = Object.entries(bag(value) ?? {}).flatMap(([name, path]) => {
    const known = text(path)
    return known === undefined ? [] : [[clean(name), known]]
  })
  return paths.length === 0 ? undefined : Object.fromEntries(paths)
}

/** `{drv: [outputs]}`, or since Nix 2.20 `{drv: {outputs: […], dynamicOutputs}}`. */
function inputs(value: unknown): Readonly<Record<string, readonly string[]>> | undefined {
  const drvs = bag(value)
  if (drvs === undefined) return undefined
  return Object.fromEntries(
    Object.entries(drvs).map(([drv, names]) => [clean(drv), texts(Array.isArray(names) ? names : bag(names)?.outputs)]),
  )
}

function licence(value: unknown): string[] {
  const about = bag(value)
  const said = about === undefined ? value : (about.spdxId ?? about.shortName ?? about.fullName ?? about.url)
  return texts(said)
}

/** A person, or a team with its members. Mail addresses are left out: pages and reports need none. */
function maintainer(value: unknown, depth = 0): string[] {
  const about = bag(value)
  if (about === undefined)
    return texts(
      text(value)
        ?.replace(/\s*<[^>]*>/g, '')
        .trim(),
    )
  if (Array.isArray(about.members)) return depth > 3 ? [] : about.members.flatMap((each) => maintainer(each, depth + 1))
  return texts(text(about.github) ?? text(about.name))
}

/** nixpkgs' `meta.identifiers`: CPE names and package URLs, plain or under `v1`. */
function identifiers(value: unknown): { readonly cpes: string[]; readonly purls: string[] } {
  const all = [bag(value), bag(bag(value)?.v1)].filter((each) => each !== undefined)
  const cpes = all.flatMap(({ cpe, cpeParts, possibleCPEs }) => {
    const possible = items(possibleCPEs).flatMap((each) => text(bag(each)?.cpe ?? each) ?? [])
    return [...texts(cpe), ...possible, ...texts(text(cpe) === undefined ? cpeOfParts(cpeParts) : undefined)]
  })
  return { cpes: distinct(cpes), purls: distinct(all.flatMap(({ purl, purls }) => [...texts(purl), ...texts(purls)])) }
}

const CPE_PARTS = ['part', 'vendor', 'product', 'version', 'update', 'edition', 'language', 'sw_edition', 'target_sw']

/** Vendor and product are often known where the version has not been put in yet. The parts are escaped already. */
function cpeOfParts(value: unknown): string | undefined {
  const parts = bag(value)
  if (text(parts?.vendor) === undefined || text(parts?.product) === undefined) return undefined
  const fields = [...CPE_PARTS, 'target_hw', 'other'].map(
    (field) => text(parts![field]) ?? (field === 'part' ? 'a' : '*'),
  )
  return `cpe:2.3:${fields.join(':')}`
}

function isUnfree(meta: Bag): boolean {
  return meta.unfree === true || items(meta.license).some((each) => bag(each)?.free === false)
}

function patches(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return texts(value).map((patch) => patch.replace(/^\/nix\/store\/[0-9a-z]{32}-/, ''))
}

function bag(value: unknown): Bag | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Bag) : undefined
}

/** A list, or the one thing that stands in its place. */
function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
}

function texts(value: unknown): string[] {
  return items(value).flatMap((each) => text(each) ?? [])
}

/** What is '' says nothing. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? clean(value) : undefined
}

/** Without NUL and half surrogate pairs, which databases refuse. */
function clean(value: string): string {
  return (value.includes('\0') ? value.replaceAll('\0', '') : value).toWellFormed()
}

function distinct(list: readonly string[]): string[] {
  return list.length < 2 ? [...list] : [...new Set(list)]
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }
}
