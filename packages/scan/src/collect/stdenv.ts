import type { Derivation } from '@firn/nix'
import { nameOfPath } from './paths.ts'
import type { SnapshotDerivation } from './snapshot.ts'

/** The variables that stdenv puts into a derivation, read from the environment or from structured attributes. */
interface Attributes {
  readonly text: (name: string) => string | undefined
  readonly list: (name: string) => readonly string[]
}

/** What a derivation says of a package. `inputs` are the fixed outputs that `fetchedInputs` named. */
export function describeDerivation(
  path: string,
  derivation: Derivation,
  inputs: ReadonlyMap<string, Derivation>,
): SnapshotDerivation {
  const attributes = attributesOf(derivation)
  const pname = attributes.text('pname')
  const version = attributes.text('version')
  const fixedOutput = isFixedOutput(derivation)
  const fetched = fixedOutput ? [] : fetchedBy(derivation, attributes)
  const urls = (paths: readonly string[]) => fetchedFrom(fetched, inputs, paths)
  const patches = attributes.list('patches')
  return {
    path,
    name: attributes.text('name') ?? nameOfPath(path).replace(/\.drv$/, ''),
    ...(pname === undefined ? {} : { pname }),
    ...(version === undefined ? {} : { version }),
    system: derivation.platform,
    outputs: Object.fromEntries([...derivation.outputs].map(([name, output]) => [name, output.path])),
    fixedOutput,
    patches: unique([...patches.map(nameOfPath), ...urls(patches)]),
    sources: fixedOutput ? ownUrls(attributes) : unique(urls(sourcesOf(attributes))),
  }
}

/** The fixed outputs among the inputs that hold sources and patches: those whose name one of them carries. */
export function fetchedInputs(derivation: Derivation): string[] {
  return isFixedOutput(derivation) ? [] : fetchedBy(derivation, attributesOf(derivation))
}

/** The store paths of what stdenv unpacks and of what it patches that with. */
export function sourcesAndPatches(derivation: Derivation): {
  readonly sources: readonly string[]
  readonly patches: readonly string[]
} {
  const attributes = attributesOf(derivation)
  return { sources: sourcesOf(attributes), patches: attributes.list('patches') }
}

function fetchedBy(derivation: Derivation, attributes: Attributes): string[] {
  const names = new Set(
    [...sourcesOf(attributes), ...attributes.list('patches')].map((path) => `${nameOfPath(path)}.drv`),
  )
  if (names.size === 0) return []
  return [...derivation.inputDrvs.keys()].filter((input) => names.has(nameOfPath(input)))
}

/** The store paths of the outputs that are known before building. */
export function outputPaths(derivation: Derivation): string[] {
  return [...derivation.outputs.values()].flatMap((output) => (output.path === '' ? [] : output.path))
}

function isFixedOutput(derivation: Derivation): boolean {
  return [...derivation.outputs.values()].some((output) => (output.hash ?? '') !== '')
}

function sourcesOf(attributes: Attributes): readonly string[] {
  return [...attributes.list('src'), ...attributes.list('srcs')]
}

/** URLs of the inputs whose output is one of the paths. */
function fetchedFrom(
  fetched: readonly string[],
  inputs: ReadonlyMap<string, Derivation>,
  paths: readonly string[],
): string[] {
  const wanted = new Set(paths)
  if (wanted.size === 0) return []
  return fetched.flatMap((path) => {
    const input = inputs.get(path)
    if (input === undefined || !outputPaths(input).some((output) => wanted.has(output))) return []
    return ownUrls(attributesOf(input))
  })
}

/** fetchurl has `urls`, fetchgit and older fetchers have `url`. */
function ownUrls(attributes: Attributes): string[] {
  return unique([...attributes.list('urls'), ...attributes.list('url')])
}

function attributesOf({ env }: Derivation): Attributes {
  const structured = env.get('__json')
  return structured === undefined ? plainAttributes(env) : structuredAttributes(structured, env)
}

function plainAttributes(env: ReadonlyMap<string, string>): Attributes {
  return {
    text: (name) => env.get(name) || undefined,
    list: (name) => words(env.get(name)),
  }
}

/** `__structuredAttrs = true`: one variable holds them all as JSON. What cannot be read there says nothing. */
function structuredAttributes(json: string, env: ReadonlyMap<string, string>): Attributes {
  const attributes = parseObject(json)
  if (attributes === undefined) return plainAttributes(env)
  const value = (name: string): unknown => (Object.hasOwn(attributes, name) ? attributes[name] : undefined)
  return {
    text: (name) => {
      const found = value(name)
      return typeof found === 'string' && found !== '' ? found : undefined
    },
    list: (name) => {
      const found = value(name)
      if (!Array.isArray(found)) return typeof found === 'string' ? words(found) : []
      return found.filter((entry): entry is string => typeof entry === 'string' && entry !== '')
    },
  }
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(json)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function words(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(/\s+/).filter((word) => word !== '')
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)]
}
