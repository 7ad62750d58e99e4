import { UserError } from '@firn/core'

/** What a CycloneDX document says of one vulnerability: the part that makes it a VEX. */
export interface VexAnalysis {
  readonly id: string
  /** Ids of the same vulnerability elsewhere. */
  readonly aliases: readonly string[]
  readonly state: (typeof STATES)[number]
  readonly justification?: string
  readonly detail?: string
  /** ISO 8601. */
  readonly decided?: string
  /** What it is about: each as every name that it goes by (purl, CPE, path, name and version). */
  readonly products: readonly (readonly string[])[]
}

const STATES = [
  ...(['resolved', 'resolved_with_pedigree', 'exploitable', 'in_triage'] as const),
  ...(['false_positive', 'not_affected'] as const),
]
const MAX_DEPTH = 32

/**
 * The analyses in a CycloneDX document in JSON, 1.4 to 1.7 (https://cyclonedx.org/docs/1.7/json/#vulnerabilities).
 * `affects` may name a component of the document or of another one (BOM-Link), or be a package URL itself. Strict: what
 * is not understood refuses the document. Vulnerabilities without analysis say nothing.
 */
export function readCycloneDxVex(text: string): VexAnalysis[] {
  const bom = objectOf(parse(text))
  if (bom?.bomFormat !== 'CycloneDX') throw broken('this JSON is not CycloneDX (no bomFormat)')
  if (!/^1\.[4-7]$/.test(String(bom.specVersion))) {
    throw broken(`CycloneDX ${String(bom.specVersion).slice(0, 20)} has no analyses that are known (1.4 to 1.7)`)
  }
  const names = new Map<string, readonly string[]>()
  collectNames(bom.components, names, 0)
  collectNames([objectOf(bom.metadata)?.component ?? {}], names, 0)
  const written = stringOf(objectOf(bom.metadata)?.timestamp)
  return listOf(bom.vulnerabilities, 'vulnerabilities').flatMap((entry, i) => {
    const vulnerability = objectOf(entry)
    if (vulnerability === undefined) throw broken(`vulnerability ${i + 1} is no object`)
    return vulnerability.analysis === undefined ? [] : analysisOf(vulnerability, i, names, written)
  })
}

function analysisOf(
  vulnerability: Record<string, unknown>,
  i: number,
  names: ReadonlyMap<string, readonly string[]>,
  written: string | undefined,
): VexAnalysis {
  const where = `vulnerability ${i + 1}`
  const id = stringOf(vulnerability.id)
  const analysis = objectOf(vulnerability.analysis)
  const state = STATES.find((known) => known === analysis?.state)
  if (id === undefined) throw broken(`${where} has no id`)
  if (analysis === undefined || state === undefined)
    throw broken(`${where} (${id}) has no analysis.state that is known`)
  const affects = listOf(vulnerability.affects, `${where}: affects`)
  if (affects.length === 0) throw broken(`${where} (${id}) does not say what it affects`)
  const references = listOf(vulnerability.references, `${where}: references`)
  const justification = stringOf(analysis.justification)
  const detail = stringOf(analysis.detail)
  const decided = stringOf(analysis.lastUpdated) ?? stringOf(vulnerability.updated) ?? written
  return {
    id,
    aliases: references.flatMap((reference) => stringOf(objectOf(reference)?.id) ?? []),
    state,
    products: affects.flatMap((entry) => productsOf(entry, names, where)),
    ...(justification === undefined ? {} : { justification }),
    ...(detail === undefined ? {} : { detail }),
    ...(decided === undefined ? {} : { decided }),
  }
}

/** One product, or one for each version that is listed. */
function productsOf(entry: unknown, names: ReadonlyMap<string, readonly string[]>, where: string): string[][] {
  const affected = objectOf(entry)
  const ref = stringOf(affected?.ref)
  if (affected === undefined || ref === undefined) throw broken(`${where}: an entry of affects has no ref`)
  // A BOM-Link: urn:cdx:SERIAL/VERSION#REF.
  const local = ref.startsWith('urn:cdx:') ? decoded(ref.slice(ref.indexOf('#') + 1)) : ref
  const known = names.get(local) ?? [local]
  const versions = listOf(affected.versions, `${where}: versions`).map(objectOf)
  if (versions.length === 0) return [[...known]]
  return versions.map((version) => {
    const exact = stringOf(version?.version)
    if (exact === undefined) throw broken(`${where}: a range of versions is not read, only single ones`)
    return known.map((name) => withVersion(name, exact))
  })
}

function withVersion(name: string, version: string): string {
  if (name.startsWith('pkg:')) return name.includes('@', 5) ? name : name.replace(/(?=[?#]|$)/, `@${version}`)
  return name.startsWith('cpe:') || name.startsWith('/') || name.endsWith(`-${version}`) ? name : `${name}-${version}`
}

function collectNames(list: unknown, names: Map<string, readonly string[]>, depth: number): void {
  if (depth > MAX_DEPTH) throw broken('its components are nested too deeply')
  for (const entry of listOf(list, 'components')) {
    const component = objectOf(entry)
    const ref = stringOf(component?.['bom-ref'])
    if (component === undefined) throw broken('a component is no object')
    if (ref !== undefined) names.set(ref, namesOf(component, ref))
    collectNames(component.components, names, depth + 1)
  }
}

function namesOf(component: Record<string, unknown>, ref: string): string[] {
  const name = stringOf(component.name)
  const version = stringOf(component.version)
  const called = name === undefined ? [] : [version === undefined ? name : `${name}-${version}`]
  return [ref, ...called, stringOf(component.purl) ?? [], stringOf(component.cpe) ?? []].flat()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw broken('it is not JSON, or it is cut short')
  }
}

function listOf(json: unknown, what: string): readonly unknown[] {
  if (json === undefined) return []
  if (!Array.isArray(json)) throw broken(`${what} is no list`)
  return json
}

function objectOf(json: unknown): Record<string, unknown> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined
}

function stringOf(json: unknown): string | undefined {
  return typeof json === 'string' && json !== '' ? json : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function broken(what: string): UserError {
  return new UserError(`VEX: ${what}`, 'correct the document; none of it is used')
}
