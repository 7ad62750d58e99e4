import { type Derivation, type DerivationOutput, DYNAMIC_DEPTH, type DynamicInput } from './derivation.ts'
import { parseHash, parseHashAlgorithm } from './hash.ts'
import { Json } from './json.ts'
import { makeContentAddressedPath, outputPathName } from './make-path.ts'
import { hashText } from './path-info.ts'
import { parseStorePath, storePathOfBaseName } from './store-path.ts'

const FORMAT = 'nix derivation show'

/**
 * Read what `nix derivation show` (once `nix show-derivation`) prints, by the full path of each `.drv`. Generations:
 *   up to 2.17      keyed by full path; `inputDrvs` lists output names, `hashAlgo` is `r:sha256`, `hash` base16;
 *   2.18 and later  `inputDrvs` are `{ outputs, dynamicOutputs }`;
 *   2.23 and later  `method` stands apart from `hashAlgo`;
 *   2.30 and later  `structuredAttrs` stand apart from `env`;
 *   2.32            base names everywhere, also as keys; a fixed output's path is left out, so it is computed here;
 *   2.33 and later  `{ version: 4, derivations }`, `inputs: { drvs, srcs }`, a fixed output is `{ method, hash }` in SRI.
 * Structured attributes become `__json` in `env`, as the `.drv` has them: the same value, its text not always the same.
 */
export function parseDerivationShow(text: string, storeDir: string): Map<string, Derivation> {
  const json = Json.parse(text, FORMAT)
  const wrapped = json.at('derivations').isObject
  if (wrapped) checkVersion(json)
  const found = new Map<string, Derivation>()
  for (const [name, entry] of (wrapped ? json.at('derivations') : json).entries()) {
    const path = fullPath(name, storeDir)
    found.set(path, readDerivation(entry, path, storeDir))
  }
  return found
}

function readDerivation(json: Json, path: string, storeDir: string): Derivation {
  if (!json.at('version').missing) checkVersion(json)
  const name = json.at('name').optional((entry) => entry.string()) ?? parseStorePath(path).name.replace(/\.drv$/, '')
  const inputs = json.at('inputs')
  const [drvs, srcs] = inputs.missing
    ? [json.at('inputDrvs'), json.at('inputSrcs')]
    : [inputs.at('drvs'), inputs.at('srcs')]
  const inputDrvs = new Map(
    drvs.entries().map(([input, entry]) => [fullPath(input, storeDir), readInput(entry, DYNAMIC_DEPTH)] as const),
  )
  const dynamicInputDrvs = new Map(
    [...inputDrvs].flatMap(([input, { dynamicOutputs }]) => (dynamicOutputs.size > 0 ? [[input, dynamicOutputs]] : [])),
  )
  const platform = json.at('system').missing ? json.at('platform') : json.at('system')
  return {
    outputs: new Map(
      json
        .at('outputs')
        .entries()
        .map(([output, entry]) => [output, readOutput(entry, outputPathName(name, output), storeDir)]),
    ),
    inputDrvs: new Map([...inputDrvs].map(([input, { outputs }]) => [input, outputs])),
    inputSrcs: srcs.strings().map((source) => fullPath(source, storeDir)),
    platform: platform.string(),
    builder: json.at('builder').string(),
    args: json.at('args').strings(),
    env: readEnv(json),
    ...(dynamicInputDrvs.size === 0 ? {} : { dynamicInputDrvs }),
  }
}

/** To the words of the ATerm: `hashAlgo` with its method in front, `hash` in base16 or `impure`. */
function readOutput(json: Json, pathName: string, storeDir: string): DerivationOutput {
  const path = json.at('path').optional((entry) => fullPath(entry.string(), storeDir)) ?? ''
  const digest = json.at('hash').optional(hashText)
  const algorithmText = json.at('hashAlgo').optional((entry) => entry.string())
  if (digest === undefined && algorithmText === undefined) return { path }

  const oldPrefix = PREFIXES.find((candidate) => candidate !== '' && algorithmText?.startsWith(candidate)) ?? ''
  const word = algorithmText?.slice(oldPrefix.length)
  const prefix = json.at('method').optional(methodPrefix) ?? oldPrefix
  const known = word === undefined ? undefined : parseHashAlgorithm(word)
  if (digest === undefined) {
    const impure = json.at('impure').optional((entry) => entry.boolean()) === true
    return { path, hashAlgo: `${prefix}${known}`, ...(impure ? { hash: 'impure' } : {}) }
  }
  const hash = parseHash(digest, known)
  const computed = () => makeContentAddressedPath(storeDir, pathName, { method: METHODS[prefix], hash })
  return {
    path: path === '' ? computed() : path,
    hashAlgo: `${prefix}${hash.algorithm}`,
    hash: Buffer.from(hash.bytes).toString('hex'),
  }
}

const METHODS = { '': 'flat', 'r:': 'nar', 'git:': 'git', 'text:': 'text' } as const
type Prefix = keyof typeof METHODS
const PREFIXES = Object.keys(METHODS) as Prefix[]

function methodPrefix(json: Json): Prefix {
  const method = json.string()
  const prefix = PREFIXES.find((candidate) => METHODS[candidate] === method)
  return prefix ?? json.fail('is no way of addressing content')
}

function readInput(json: Json, depth: number): DynamicInput {
  if (Array.isArray(json.value)) return { outputs: json.strings(), dynamicOutputs: new Map() }
  const inner = json.at('dynamicOutputs').optional((entry) => entry.entries()) ?? []
  if (inner.length > 0 && depth === 0) json.fail('has outputs of outputs too deep')
  return {
    outputs: json.at('outputs').strings(),
    dynamicOutputs: new Map(inner.map(([name, entry]) => [name, readInput(entry, depth - 1)])),
  }
}

function readEnv(json: Json): Map<string, string> {
  const env = new Map(
    json
      .at('env')
      .entries()
      .map(([name, value]) => [name, value.string()]),
  )
  const structured = json.at('structuredAttrs')
  if (!structured.missing) env.set('__json', printStructured(structured))
  return env
}

function printStructured(json: Json): string {
  try {
    return JSON.stringify(json.value)
  } catch (error) {
    // Nested so deep that printing runs out of stack.
    if (error instanceof RangeError) json.fail('is nested too deep')
    throw error
  }
}

function fullPath(name: string, storeDir: string): string {
  if (!name.startsWith('/')) return storePathOfBaseName(name, storeDir)
  parseStorePath(name, storeDir)
  return name
}

function checkVersion(json: Json): void {
  const version = json.at('version').count()
  if (version > 4) json.at('version').fail(`is ${version}, firn knows up to 4`)
}
