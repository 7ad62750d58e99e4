import { UserError } from '@firn/core'
import { formatContentAddress, isContentAddressMethod } from './content-address.ts'
import { formatHash, parseHash } from './hash.ts'
import { Json } from './json.ts'
import { parseStorePath, storePathOfBaseName } from './store-path.ts'
import { compareText } from './text.ts'

/** What a store records of a path. */
export interface PathInfo {
  readonly path: string
  /** SRI: `sha256-BASE64`. */
  readonly narHash: string
  /** Bytes; 0 when not known. */
  readonly narSize: number
  /** Full paths in byte order, the path itself among them when it names itself. */
  readonly references: readonly string[]
  readonly deriver?: string
  /** Seconds since 1970. */
  readonly registrationTime?: number
  /** Built on this very machine. */
  readonly ultimate?: boolean
  /** `KEY:BASE64` each. */
  readonly signatures?: readonly string[]
  /** `text:sha256:…`, `fixed:[r:|git:]ALGORITHM:…`, as the database and .narinfo files have it. */
  readonly ca?: string
}

const FORMAT = 'nix path-info'

/**
 * Read what `nix path-info --json` prints, whichever Nix printed it:
 *   up to 2.18      a list of objects, each with `path`;
 *   2.19 and later  an object keyed by path (`--json-format 1`), null for a path that is not valid;
 *   2.33 and later  `{ version, storeDir, info }` (`--json-format 2`), keyed by base name: paths are base names, `ca`
 *                   is `{ method, hash }`;
 *   2.35 and later  `--json-format 3`: signatures are `{ keyName, sig }`.
 * A path that is not valid is a UserError. Sorted by path.
 */
export function parsePathInfo(text: string, storeDir: string): PathInfo[] {
  const json = Json.parse(text, FORMAT)
  return readAll(json, storeDir).sort((a, b) => compareText(a.path, b.path))
}

function readAll(json: Json, storeDir: string): PathInfo[] {
  if (Array.isArray(json.value)) {
    return json.list().map((entry) => {
      const path = entry.at('path').string()
      if (entry.at('valid').value === false) throw notValid(path)
      return readInfo(entry, path, storeDir)
    })
  }
  const wrapped = !json.at('info').missing && !json.at('version').missing
  const entries = wrapped ? json.at('info').entries() : json.entries()
  if (wrapped) checkVersion(json.at('version'))
  return entries.map(([name, entry]) => {
    if (entry.value === null) throw notValid(name)
    return readInfo(entry, name, storeDir)
  })
}

function readInfo(json: Json, name: string, storeDir: string): PathInfo {
  const version = json.at('version').optional(checkVersion) ?? 1
  const own = json.at('storeDir').optional((dir) => dir.string()) ?? storeDir
  if (own !== storeDir) {
    throw new UserError(
      `${FORMAT}: ${name} is of the store ${own}, not ${storeDir}`,
      'set NIX_STORE_DIR or --store to that store',
    )
  }
  const path = (entry: Json): string => fullPath(entry.string(), storeDir, version)
  const deriver = json.at('deriver').optional((entry) => (entry.value === '' ? undefined : path(entry)))
  const registrationTime = json.at('registrationTime').optional((entry) => entry.count())
  const ultimate = json.at('ultimate').optional((entry) => entry.boolean())
  const signatures = json.at('signatures').optional((entry) => entry.list().map(readSignature))
  const ca = json.at('ca').optional(readContentAddress)
  return {
    path: fullPath(name, storeDir, version),
    narHash: readHash(json.at('narHash')),
    narSize: json.at('narSize').optional((entry) => entry.count()) ?? 0,
    references: sortedPaths(json.at('references').optional((entry) => entry.list().map(path)) ?? []),
    ...(deriver === undefined ? {} : { deriver }),
    ...(registrationTime === undefined ? {} : { registrationTime }),
    ...(ultimate === undefined ? {} : { ultimate }),
    ...(signatures === undefined ? {} : { signatures }),
    ...(ca === undefined || ca === '' ? {} : { ca }),
  }
}

/** Byte order, each once. */
export function sortedPaths(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort(compareText)
}

/** Version 1 prints full paths, later ones base names. */
function fullPath(name: string, storeDir: string, version: number): string {
  if (version > 1) return storePathOfBaseName(name, storeDir)
  parseStorePath(name, storeDir)
  return name
}

function checkVersion(json: Json): number {
  const version = json.count()
  return version >= 1 && version <= 3 ? version : json.fail(`is ${version}, firn knows 1 to 3`)
}

function readHash(json: Json): string {
  return formatHash(parseHash(hashText(json), 'sha256'), 'sri')
}

/** SRI, `ALGORITHM:DIGEST`, or `{ algorithm, format, hash }` as builds between 2.32 and 2.33 print it. */
export function hashText(json: Json): string {
  return json.isObject ? `${json.at('algorithm').string()}:${json.at('hash').string()}` : json.string()
}

function readSignature(json: Json): string {
  return json.isObject ? `${json.at('keyName').string()}:${json.at('sig').string()}` : json.string()
}

function readContentAddress(json: Json): string {
  if (!json.isObject) return json.string()
  const word = json.at('method').string()
  const method = isContentAddressMethod(word) ? word : json.at('method').fail('is no way of addressing content')
  return formatContentAddress({ method, hash: parseHash(hashText(json.at('hash'))) })
}

function notValid(path: string): UserError {
  return new UserError(`${path} is not valid in this store`, 'check the path, or build it or copy it here first')
}
