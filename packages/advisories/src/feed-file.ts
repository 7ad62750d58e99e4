import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { decompressStart, ZipArchive } from '@firn/binary'
import { jsonHead, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'

export type FeedKind = 'cve' | 'nvd' | 'osv' | 'kev' | 'epss'

/** What a file, or the first files in a folder or a zip, turned out to be. */
export interface FeedFileLook {
  /** Undefined: no feed of advisories that is known. */
  readonly kind?: FeedKind
  readonly container: 'file' | 'folder' | 'zip'
  /** What was seen, for a message: `a zip of CVE records`, `a web page`. */
  readonly seen: string
  /** The first characters of the (unpacked) file; of the first member that was looked at, in a folder or zip. */
  readonly head: string
}

/** So much of a document is looked at: a record's keys may stand in any order, so a whole record must fit. */
const HEAD_BYTES = 1 << 20
/** So many members of a folder or a zip are looked at until one is known. */
const SAMPLES = 5

/**
 * Know a file of advisories by its content, whatever its name: CVE bulk, delta and single records, NVD pages and
 * feeds, OSV records, KEV, EPSS; as a file (plain, or packed as `decompress` unpacks), a folder, a zip, or a zip in a zip.
 * A missing file or a damaged zip is a UserError; what is not known is told in `seen`.
 */
export async function lookAtFeedFile(path: string): Promise<FeedFileLook> {
  const stat = statOf(path)
  if (stat.isDirectory()) return lookAtFolder(path)
  if (!stat.isFile()) throw new UserError(`${path}: neither a file nor a folder`, 'give a file')
  const first = readStart(path, 4)
  const isZip = first.length === 4 && (first.readUInt32LE(0) === 0x04034b50 || first.readUInt32LE(0) === 0x06054b50)
  if (isZip) return lookAtZip(path)
  return { container: 'file', ...named(await headOf(readStart(path, HEAD_BYTES), path)) }
}

async function lookAtFolder(path: string): Promise<FeedFileLook> {
  const names = listFiles(path).filter((name) => MEMBER.test(name))
  return lookAtMembers('folder', names, (name) => readStart(join(path, name), HEAD_BYTES))
}

async function lookAtZip(path: string): Promise<FeedFileLook> {
  const outer = ZipArchive.open(path)
  try {
    const nested = outer.entries.find((entry) => /(^|\/)cves\.zip$/.test(entry.name))
    if (nested !== undefined) {
      return { container: 'zip', kind: 'cve', seen: 'a zip of a zip of CVE records', head: '' }
    }
    const members = new Map(outer.entries.map((entry) => [entry.name, entry]))
    const names = [...members.keys()].filter((name) => MEMBER.test(name))
    return await lookAtMembers('zip', names, async (name) => {
      for await (const piece of outer.chunks(members.get(name)!)) return Buffer.from(piece)
      return Buffer.alloc(0)
    })
  } finally {
    outer.close()
  }
}

const MEMBER = /\.(json|csv)(\.(gz|br|zst|xz|bz2))?$/i
/** In a clone of cvelistV5 these lie beside the records and come first by name. */
const RECORD = /(^|\/)CVE-[0-9]{4}-[0-9]{4,19}\.json$/

async function lookAtMembers(
  container: 'folder' | 'zip',
  names: readonly string[],
  read: (name: string) => Buffer | Promise<Buffer>,
): Promise<FeedFileLook> {
  const sample = [...names.filter((name) => RECORD.test(name)).slice(0, SAMPLES), ...names.slice(0, SAMPLES)]
  let unknown: { seen: string; head: string } = { seen: 'nothing in JSON or CSV', head: '' }
  for (const name of sample) {
    const look = named(await headOf(await read(name), name))
    if (look.kind !== undefined) return { ...look, container, seen: `a ${container} of ${PLURAL[look.kind]}` }
    unknown = { seen: `${basename(name)}, ${look.seen}`, head: look.head }
  }
  return { container, head: unknown.head, seen: `a ${container} of ${names.length} files (${unknown.seen})` }
}

async function headOf(start: Buffer, name: string): Promise<string> {
  return (await decompressStart(start, HEAD_BYTES, name)).toString('utf8', 0, HEAD_BYTES)
}

const PLURAL: Readonly<Record<FeedKind, string>> = {
  cve: 'CVE records',
  nvd: 'NVD pages',
  osv: 'OSV records',
  kev: 'KEV catalogues',
  epss: 'EPSS scores',
}

function named(head: string): { kind?: FeedKind; seen: string; head: string } {
  if (/^(#\s*model_version:|cve,epss,)/.test(head)) return { kind: 'epss', seen: 'EPSS scores', head }
  const json = jsonHead(head)
  if (json === undefined) return { seen: describeText(head), head }
  const { keys } = json
  const kind = keys.has('dataType') || keys.has('cveMetadata') || keys.has('CVE_data_meta') ? 'cve' : kindOfKeys(keys)
  if (kind !== undefined) return { kind, seen: SINGULAR[kind], head }
  const list = [...keys.keys()].slice(0, 6).map((key) => key.slice(0, 40))
  return { seen: list.length === 0 ? 'an empty JSON object' : `JSON with the keys ${list.join(', ')}`, head }
}

const SINGULAR: Readonly<Record<FeedKind, string>> = {
  cve: 'a CVE record',
  nvd: 'an NVD page',
  osv: 'an OSV record',
  kev: 'the KEV catalogue',
  epss: 'EPSS scores',
}

function kindOfKeys(keys: ReadonlyMap<string, string>): FeedKind | undefined {
  if (keys.has('catalogVersion') && keys.has('vulnerabilities')) return 'kev'
  if (keys.has('vulnerabilities') && (keys.has('resultsPerPage') || keys.has('format'))) return 'nvd'
  const isOsv = keys.has('id') && keys.has('modified')
  return isOsv && OSV_KEYS.some((key) => keys.has(key)) ? 'osv' : undefined
}

const OSV_KEYS = ['schema_version', 'affected', 'aliases', 'details', 'withdrawn']

function describeText(head: string): string {
  if (head === '') return 'an empty file'
  if (/^\s*<(!doctype|html|\?xml)/i.test(head)) return 'a web page or XML (a sign-in page, perhaps)'
  if (/^\s*\[/.test(head)) return 'a JSON list'
  return /^[\t\n\r -~]{0,64}/.exec(head)![0].length >= Math.min(16, head.length)
    ? `text that begins with ${JSON.stringify(head.trimStart().slice(0, 30))}`
    : 'binary data'
}

function listFiles(folder: string): string[] {
  try {
    return (readdirSync(folder, { recursive: true }) as string[]).sort()
  } catch (error) {
    throw diskError(folder, error)
  }
}

function statOf(path: string) {
  try {
    return statSync(path)
  } catch (error) {
    throw diskError(path, error)
  }
}

function readStart(path: string, length: number): Buffer {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const bytes = Buffer.alloc(length)
    let done = 0
    for (let got = 1; got > 0 && done < length; done += got) got = readSync(file, bytes, done, length - done, done)
    return bytes.subarray(0, done)
  } catch (error) {
    throw diskError(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
