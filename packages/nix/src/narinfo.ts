import { UserError } from '@firn/core'
import { formatContentAddress, parseContentAddress } from './content-address.ts'
import { formatHash, parseHash } from './hash.ts'
import { type PathInfo, sortedPaths } from './path-info.ts'
import { parseStorePath, storePathOfBaseName } from './store-path.ts'

/** A `.narinfo` file: what a binary cache says of a path, and where its NAR is. */
export interface NarInfo extends PathInfo {
  /** Relative to the cache, as the cache wrote it: check it before it is used as a path. */
  readonly url: string
  /** `xz`, `zstd`, `bzip2`, `none`, …; `bzip2` where the file does not say. */
  readonly compression: string
  /** SRI, of the compressed file. */
  readonly fileHash?: string
  /** Bytes of the compressed file. */
  readonly fileSize?: number
  /** `x86_64-linux`; old caches have it. */
  readonly system?: string
}

/** Names that may stand once; others are passed over, as Nix does. `Sig` may stand often. */
const FIELDS = [
  'StorePath',
  'URL',
  'Compression',
  'FileHash',
  'FileSize',
  'NarHash',
  'NarSize',
  'References',
  'Deriver',
  'System',
  'CA',
] as const
type Field = (typeof FIELDS)[number]

/**
 * Read a `.narinfo` (Nix manual, "Binary cache: narinfo"). Each line must end, so that a file cut short is seen; a
 * field given twice, a path of another store and a hash that is none are UserErrors.
 */
export function parseNarInfo(text: string, storeDir: string): NarInfo {
  const { fields, signatures } = readLines(text)
  const path = need(fields, 'StorePath')
  parseStorePath(path, storeDir)
  const narSize = readSize(fields, 'NarSize')
  if (narSize === undefined || narSize === 0) throw damaged('NarSize is missing or 0')
  const fileHash = fields.get('FileHash')
  const fileSize = readSize(fields, 'FileSize')
  const deriver = fields.get('Deriver')
  const system = fields.get('System')
  const ca = fields.get('CA')
  return {
    path,
    url: need(fields, 'URL'),
    compression: fields.get('Compression') || 'bzip2',
    ...(fileHash === undefined ? {} : { fileHash: formatHash(parseHash(fileHash), 'sri') }),
    ...(fileSize === undefined ? {} : { fileSize }),
    narHash: formatHash(parseHash(need(fields, 'NarHash'), 'sha256'), 'sri'),
    narSize,
    references: sortedPaths(
      words(fields.get('References')).map((reference) => storePathOfBaseName(reference, storeDir)),
    ),
    ...(deriver === undefined || UNKNOWN.has(deriver) ? {} : { deriver: storePathOfBaseName(deriver, storeDir) }),
    ...(system === undefined ? {} : { system }),
    ...(signatures.length === 0 ? {} : { signatures }),
    ...(ca === undefined || ca === '' ? {} : { ca: formatContentAddress(parseContentAddress(ca)) }),
  }
}

/** The file's text, in the order in which Nix writes it. */
export function printNarInfo(info: NarInfo): string {
  const lines: (readonly [string, string | number | undefined])[] = [
    ['StorePath', info.path],
    ['URL', info.url],
    ['Compression', info.compression],
    ['FileHash', info.fileHash && formatHash(parseHash(info.fileHash), 'base32')],
    ['FileSize', info.fileSize],
    ['NarHash', formatHash(parseHash(info.narHash), 'base32')],
    ['NarSize', info.narSize],
    ['References', info.references.map(baseName).join(' ')],
    ['Deriver', info.deriver && baseName(info.deriver)],
    ['System', info.system],
    ...(info.signatures ?? []).map((signature) => ['Sig', signature] as const),
    ['CA', info.ca],
  ]
  return lines.flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}\n`)).join('')
}

/** Old caches say one of these when there is none. */
const UNKNOWN: ReadonlySet<string> = new Set(['', 'unknown-deriver'])

function readLines(text: string): { fields: ReadonlyMap<Field, string>; signatures: readonly string[] } {
  const fields = new Map<Field, string>()
  const signatures: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    if (end < 0) throw damaged('the last line does not end')
    const line = text.slice(at, end)
    at = end + 1
    const colon = line.indexOf(':')
    if (colon < 0) throw damaged(`no colon in ${JSON.stringify(line.slice(0, 80))}`)
    const [name, value] = [line.slice(0, colon), line.slice(colon + 2)]
    if (name === 'Sig') signatures.push(value)
    const field = FIELDS.find((candidate) => candidate === name)
    if (field === undefined) continue
    if (fields.has(field)) throw damaged(`${field} twice`)
    fields.set(field, value)
  }
  return { fields, signatures }
}

function need(fields: ReadonlyMap<Field, string>, field: Field): string {
  const value = fields.get(field)
  if (value === undefined || value === '') throw damaged(`${field} is missing`)
  return value
}

function readSize(fields: ReadonlyMap<Field, string>, field: Field): number | undefined {
  const text = fields.get(field)
  if (text === undefined) return undefined
  if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw damaged(`${field} is no number of bytes`)
  return Number(text)
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(' ').filter((word) => word !== '')
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function damaged(why: string): UserError {
  return new UserError(`narinfo: ${why}`, 'the file is damaged or of another kind: fetch it again')
}
