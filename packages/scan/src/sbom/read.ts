import { UserError } from '@firn/core'
import type { ClosureComponent } from '../collect/components.ts'
import { nameOfPath } from '../collect/paths.ts'

/** `PROPERTY` of cyclonedx.ts and the names that sbomnix writes; that file is not imported: it loads the library. */
const DERIVATIONS = new Set(['nix:drv_path'])
const OUTPUTS = new Set(['nix:output_path', 'nix:out_path'])

/** Nested components are rare and shallow; deeper than this is an attack. */
const MAX_DEPTH = 32

/**
 * The components of a CycloneDX document in JSON, versions 1.2 to 1.7, ours or another tool's. Names, versions, purls,
 * CPEs and the patches of pedigrees are read; a component that says nothing of patches has unknown ones. What the
 * document as a whole is about counts too, when it has a version. A document that names nothing is refused: what was not
 * looked at is not clean. https://cyclonedx.org/docs/1.7/json/
 */
export function readCycloneDx(text: string): ClosureComponent[] {
  const bom = asObject(parse(text))
  if (bom?.bomFormat !== 'CycloneDX') {
    throw new UserError('SBOM: this JSON is not CycloneDX (no bomFormat)', 'give a CycloneDX document in JSON')
  }
  const version = String(bom.specVersion)
  if (!/^1\.[2-7]$/.test(version)) {
    throw new UserError(
      `SBOM: CycloneDX ${version.slice(0, 20)} is not known`,
      'versions 1.2 to 1.7 in JSON are read; ask the tool that wrote it for one of these',
    )
  }
  const found: ClosureComponent[] = []
  collect(bom.components, found, 0)
  collect(wholeOf(bom), found, 0)
  if (found.length === 0) {
    throw new UserError('SBOM: it names no components', 'have it made again: the tool that wrote it saw nothing')
  }
  return found.sort((a, b) => compare(a.name, b.name) || compare(a.paths[0] ?? '', b.paths[0] ?? ''))
}

/** What the document as a whole is about, when it says which version and does not list it among the others. */
function wholeOf(bom: Record<string, unknown>): unknown[] {
  const whole = asObject(asObject(bom.metadata)?.component)
  if (whole === undefined || text(whole.name) === undefined || text(whole.version) === undefined) return []
  const ref = text(whole['bom-ref'])
  const listed = ref !== undefined && objects(bom.components).some((component) => component['bom-ref'] === ref)
  return listed ? [] : [whole]
}

function collect(list: unknown, found: ClosureComponent[], depth: number): void {
  if (list === undefined) return
  if (!Array.isArray(list)) throw broken('components is not a list')
  if (depth > MAX_DEPTH) throw broken('its components are nested too deeply')
  for (const entry of list) {
    const component = asObject(entry)
    if (component === undefined || typeof component.name !== 'string') throw broken('a component has no name')
    found.push(componentOf(component, component.name))
    collect(component.components, found, depth + 1)
  }
}

function componentOf(json: Record<string, unknown>, name: string): ClosureComponent {
  const version = text(json.version)
  const group = text(json.group)
  const properties = objects(json.properties).map((entry) => [text(entry.name), text(entry.value)] as const)
  const values = (names: ReadonlySet<string>) =>
    properties.flatMap(([key, value]) => (key !== undefined && names.has(key) && value !== undefined ? [value] : []))
  const derivation = values(DERIVATIONS)[0]
  const references = objects(json.externalReferences)
  const urls = (type: string) => references.flatMap((entry) => (entry.type === type ? (text(entry.url) ?? []) : []))
  const sources = [...urls('source-distribution'), ...urls('vcs')]
  const homepages = urls('website')
  const patches = patchesOf(json, properties)
  const cpe = text(json.cpe)
  const purl = text(json.purl)
  const system = values(new Set(['nix:system']))[0]
  return {
    name:
      derivation === undefined
        ? `${name}${version === undefined ? '' : `-${version}`}`
        : nameOfPath(derivation).replace(/\.drv$/, ''),
    pname: group === undefined || purl === undefined || !group.startsWith('@') ? name : `${group}/${name}`,
    ...(version === undefined ? {} : { version }),
    ...(system === undefined ? {} : { system }),
    ...(patches === undefined ? {} : { patches }),
    ...(sources.length === 0 ? {} : { sources }),
    ...(homepages.length === 0 ? {} : { homepages }),
    ...(cpe === undefined ? {} : { cpes: [cpe] }),
    ...(purl === undefined ? {} : { purls: [purl] }),
    paths: values(OUTPUTS),
    ...(derivation === undefined ? {} : { derivation }),
  }
}

function patchesOf(
  json: Record<string, unknown>,
  properties: readonly (readonly [string | undefined, string | undefined])[],
): string[] | undefined {
  const named = properties.flatMap(([key, value]) => (key === 'nix:patch' && value !== undefined ? [value] : []))
  const counted = properties.some(([key]) => key === 'nix:patches')
  const pedigree = objects(asObject(json.pedigree)?.patches).flatMap((patch) => [
    ...objects(patch.resolves).flatMap((issue) => text(issue.id) ?? []),
    ...[text(asObject(patch.diff)?.url) ?? []].flat(),
  ])
  if (counted) return named
  return named.length + pedigree.length === 0 ? undefined : [...named, ...pedigree]
}

function parse(textual: string): unknown {
  if (/^\s*</.test(textual)) {
    throw new UserError('SBOM: this is XML', 'only CycloneDX in JSON is read: convert it, or have it written as JSON')
  }
  try {
    return JSON.parse(textual)
  } catch {
    throw broken('it is not JSON, or it is cut short')
  }
}

function broken(what: string): UserError {
  return new UserError(`SBOM: ${what}`, 'the file is damaged: have it written again')
}

function asObject(json: unknown): Record<string, unknown> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined
}

function objects(json: unknown): Record<string, unknown>[] {
  return Array.isArray(json) ? json.map(asObject).filter((entry) => entry !== undefined) : []
}

function text(json: unknown): string | undefined {
  return typeof json === 'string' && json !== '' ? json : undefined
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
