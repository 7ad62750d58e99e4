import { parseDrvName } from '@firn/nix/closure'
import { vendorForms } from '../match/makers.ts'
import type { Component } from '../match/model.ts'
import { type Alias, aliasOf, libraryAlias } from './aliases.ts'
import { cpeField } from './cpe.ts'
import { languageOfName, languageOfPlace } from './ecosystem.ts'
import { normaliseName } from './normalise.ts'
import { purlOrigin } from './purl.ts'
import { originOf } from './sourceUrl.ts'
import { type KnownVersion, versionOf } from './version.ts'

/** Where a name comes from, the best first. */
type NameOrigin = 'cpe' | 'purl' | 'alias' | 'pname' | 'variant' | 'attribute' | 'source' | 'store name'

export interface NameEvidence {
  readonly name: string
  readonly from: NameOrigin
  /** In words: "nixpkgs calls it python3; advisories say cpython (the interpreter)". */
  readonly text: string
}

/** Who and what a component is, argued from all there is. Nothing is dropped for something better. */
export interface Identity {
  /** What nixpkgs calls it, less the prefix of its language; normalised. */
  readonly called: string
  /** By name, normalised. Of several origins the best is kept. */
  readonly names: ReadonlyMap<string, NameEvidence>
  /** The language's package manager, where it is a library (or tool) of one. */
  readonly ecosystem?: { readonly name: string; readonly why: string }
  /** Registries its source comes from, though it may be packed as a program. */
  readonly registries: ReadonlySet<string>
  /** Who makes it, with the reason. */
  readonly vendors: ReadonlyMap<string, string>
  /** Whether the alias table knows this program, and so all its makers. */
  readonly curated: boolean
  /** The alias table's makers, in all forms. */
  readonly makers: ReadonlySet<string>
  /** `github.com/owner/repo`, with the URL. */
  readonly repos: ReadonlyMap<string, string>
  /** Lower-case CPE `vendor:product`. */
  readonly cpes: ReadonlySet<string>
  readonly version?: KnownVersion
}

/** Derive a component's identity. Costs some microseconds: keep it when many advisories are asked about one component. */
export function identify(component: Component): Identity {
  const names = new Map<string, NameEvidence>()
  const vendors = new Map<string, string>()
  const repos = new Map<string, string>()
  const registries = new Set<string>()
  const cpes = new Set<string>()
  const add = (name: string, from: NameOrigin, text: string) => {
    if (name !== '' && !names.has(name)) names.set(name, { name, from, text })
  }
  for (const cpe of component.cpes ?? []) {
    const product = cpeField(cpe, 'product')?.toLowerCase()
    const vendor = cpeField(cpe, 'vendor')?.toLowerCase()
    if (product === undefined) continue
    add(normaliseName(product), 'cpe', `nixpkgs says it is ${cpe}`)
    if (vendor === undefined) continue
    cpes.add(`${vendor}:${product}`)
    vendors.set(normaliseName(vendor), `vendor of ${cpe}`)
  }
  const version = versionOf(component)
  const own = component.pname ?? parseDrvName(component.name).name
  const language = ecosystemOf(component, own)
  const called = language === undefined ? edition(own, version) : language.name
  const alias =
    language === undefined
      ? (aliasFor(called, version) ?? aliasOfAttribute(component))
      : libraryAlias(language.ecosystem, normaliseName(called))
  if (alias !== undefined) addAlias(called, alias, add, vendors)
  const curated = language === undefined && alias !== undefined
  addOwnNames(called, language?.ecosystem, component, curated, version, add)
  for (const [kind, urls] of [
    ['source', component.sources ?? []],
    ['homepage', component.homepages ?? []],
    ['purl', component.purls ?? []],
  ] as const) {
    for (const url of urls) {
      const origin = kind === 'purl' ? purlOrigin(url) : originOf(url)
      if (origin.ecosystem !== undefined && kind !== 'homepage') registries.add(origin.ecosystem)
      if (origin.vendor !== undefined && !vendors.has(origin.vendor)) vendors.set(origin.vendor, `${kind} ${url}`)
      if (origin.repo !== undefined) repos.set(origin.repo, `${kind} ${url}`)
      if (origin.name !== undefined) add(origin.name, kind === 'purl' ? 'purl' : 'source', `${kind} ${url}`)
    }
  }
  return {
    called: normaliseName(called),
    names,
    registries,
    vendors,
    curated,
    makers: new Set(curated ? alias.vendors.flatMap(vendorForms) : []),
    repos,
    cpes,
    ...(language === undefined ? {} : { ecosystem: { name: language.ecosystem, why: language.why } }),
    ...(version === undefined ? {} : { version }),
  }
}

/** The keys under which advisories about this component may be filed: see `advisoryNames`. */
export function candidateNames(component: Component): readonly string[] {
  return [...identify(component).names.keys()]
}

/** A curated name is a program, whatever prefix it seems to have (`php-composer`, `python-minimal`). */
function ecosystemOf(component: Component, own: string) {
  const place = languageOfPlace(component.attribute, component.position)
  const full = parseDrvName(component.name).name
  if (place === undefined && aliasOf(normaliseName(full)) !== undefined) return undefined
  const prefix = languageOfName(own) ?? languageOfName(full)
  if (prefix !== undefined) return prefix
  return place === undefined ? undefined : { ...place, name: own }
}

const VARIANT =
  /-(unwrapped|wrapped|minimal|full|headless|bin|nox|gtk2|gtk3|gtk4|qt4|qt5|qt6|x11|wayland|static|lts|stable|unstable|nightly|git|beta|dev|with-[a-z0-9-]+|without-[a-z0-9-]+)$/

/** The row of the alias table for a program: by its name, or that less what marks a variant. */
function aliasFor(called: string, version: KnownVersion | undefined): Alias | undefined {
  for (const name of forms(normaliseName(called), version)) {
    const alias = aliasOf(name)
    if (alias !== undefined) return alias
  }
  return undefined
}

/** nixpkgs had `kubernetes-helm` under the name `helm` of another program for long. */
function aliasOfAttribute({ attribute }: Component): Alias | undefined {
  return attribute === undefined ? undefined : aliasOf(normaliseName(attribute.split('.').at(-1)!))
}

function addAlias(
  called: string,
  { products, vendors: makers, why }: Alias,
  add: (name: string, from: NameOrigin, text: string) => void,
  vendors: Map<string, string>,
): void {
  for (const product of products) {
    const isSame = product === normaliseName(called)
    const text = isSame
      ? `its name is ${called} (${why})`
      : `nixpkgs calls it ${called}, advisories ${product} (${why})`
    add(product, 'alias', text)
  }
  for (const vendor of makers) vendors.set(vendor, `known maker of ${products[0] ?? called}`)
}

function addOwnNames(
  called: string,
  ecosystem: string | undefined,
  component: Component,
  curated: boolean,
  version: KnownVersion | undefined,
  add: (name: string, from: NameOrigin, text: string) => void,
): void {
  const name = normaliseName(called)
  add(name, component.pname === undefined ? 'store name' : 'pname', `its name is ${called}`)
  if (curated) return
  for (const form of forms(name, version)) if (form !== name) add(form, 'variant', `${called} is a variant of ${form}`)
  if (ecosystem === 'CPAN' && name.startsWith('app-'))
    add(name.slice(4), 'variant', `${called} is the program ${name.slice(4)}, as CPAN files it`)
  if (ecosystem === 'PyPI')
    for (const form of pythonForms(name)) add(form, 'variant', `PyPI's ${called} is also written ${form}`)
  const last = component.attribute?.split('.').at(-1)
  if (last !== undefined) add(normaliseName(last), 'attribute', `attribute ${component.attribute}`)
}

/** An edition with releases of its own is a product of its own: `firefox-115.9.0esr` is Firefox ESR. */
function edition(name: string, version: KnownVersion | undefined): string {
  return version?.edition === 'esr' && name.startsWith('firefox') && !name.includes('esr')
    ? `${name.replace(/-unwrapped$/, '')}-esr`
    : name
}

/**
 * A name, then less its variant words and version numbers: `foo-unwrapped`, `foo-2-1`; `botan3` of version 3.4 too, but
 * not `libssh2` of 1.11.
 */
function forms(name: string, version: KnownVersion | undefined): string[] {
  const all = [name]
  const major = /^\d+/.exec(version?.text ?? '')?.[0]
  const glued = /^(?<bare>[a-z][a-z+-]*[a-z])(?<digits>\d{1,2})$/.exec(name)?.groups
  if (glued !== undefined && glued.digits === major) all.push(glued.bare!)
  for (let now = name, i = 0; i < 3; i++) {
    const next = now.replace(VARIANT, '').replace(/(?<=[a-z])-\d{1,3}(-\d{1,3})*$/, '')
    if (next === now || next === '') break
    all.push(next)
    now = next
  }
  return all
}

/** Repositories of Python libraries often carry the language in their name, or lack it. */
function pythonForms(name: string): string[] {
  const bare = name.replace(/^(python-|py-)/, '')
  return [...new Set([bare, `python-${bare}`, name.replace(/\d$/, '')])].filter(
    (form) => form !== name && form.length > 2,
  )
}
