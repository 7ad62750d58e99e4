import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { decompress, ZipArchive } from '@firn/binary'
import { UserError } from '@firn/core'
import { diskError, fileChunks } from '@firn/core/fs'
import { nvdEntries } from './nvd-stream.ts'

/** A record, unread: the caller parses it and may put a bad one aside. */
export interface FeedRecord {
  /** The file or member it came from. */
  readonly name: string
  /** The id it will turn out to have, where name or first bytes tell it. */
  readonly id?: string
  readonly bytes: Uint8Array
}

/** A file or member that could not be unpacked. */
export interface BadFeedRecord {
  readonly name: string
  readonly error: UserError
}

export interface FeedRecords {
  /** How many records there are, where that is known before they are read. */
  readonly count?: number
  /** In an order that is the same each time; `from` leaves out so many at the beginning. */
  read(from?: number): AsyncGenerator<FeedRecord | BadFeedRecord>
  close(): void
}

export type RecordKind = 'cve' | 'nvd' | 'osv'

/**
 * The records of one kind in any of the forms they are distributed in: a file (packed or plain), a folder tree, a zip,
 * or a zip in a zip as the bulk release of cvelistV5 is. A missing file or a damaged archive is a UserError.
 */
export async function openFeedRecords(path: string, kind: RecordKind): Promise<FeedRecords> {
  const source = await openSource(path)
  try {
    const members = source.members.filter(({ name }) => isRecordName(kind, source.container, name))
    if (members.length === 0) {
      throw new UserError(`${path}: no ${TITLES[kind]} in this ${source.container}`, 'check that this is the right one')
    }
    return {
      ...(kind !== 'nvd' && { count: members.length }),
      read: (from = 0) => (kind === 'nvd' ? readNvd(members, from) : readOneEach(members, from)),
      close: source.close,
    }
  } catch (error) {
    source.close()
    throw error
  }
}

const TITLES: Readonly<Record<RecordKind, string>> = { cve: 'CVE-….json', nvd: 'NVD page', osv: 'OSV record' }
const CVE_FILE = /(?:^|\/)(CVE-[0-9]{4}-[0-9]{4,19})\.json$/
const JSON_FILE = /\.json(\.(gz|br|zst|xz|bz2))?$/i
/** They lie beside the records of cvelistV5 and in mirrors, and are none. */
const NOT_RECORDS = /(^|\/)(delta|deltaLog|recent_activities|modified_id|package(-lock)?)\.json$/

function isRecordName(kind: RecordKind, container: Source['container'], name: string): boolean {
  if (container === 'file') return true
  return kind === 'cve' ? CVE_FILE.test(name) : JSON_FILE.test(name) && !NOT_RECORDS.test(name)
}

async function* readOneEach(members: readonly Member[], from: number): AsyncGenerator<FeedRecord | BadFeedRecord> {
  for (const { name, read } of members.slice(from)) {
    // OSV's files are called after their ids as well.
    const id = CVE_FILE.exec(name)?.[1] ?? basename(name).replace(JSON_FILE, '')
    try {
      yield { name, id, bytes: await read() }
    } catch (error) {
      yield { name, error: unreadable(error) }
    }
  }
}

const NVD_ID = /"id"\s*:\s*"(CVE-[0-9]{4}-[0-9]{4,19})"/

async function* readNvd(members: readonly Member[], from: number): AsyncGenerator<FeedRecord | BadFeedRecord> {
  let position = 0
  for (const { name, chunks } of members) {
    try {
      for await (const bytes of nvdEntries(decompress(chunks(), name))) {
        if (position++ < from) continue
        const id = NVD_ID.exec(bytes.toString('utf8', 0, 300))?.[1]
        yield { name: id ?? name, ...(id !== undefined && { id }), bytes }
      }
    } catch (error) {
      if (position++ >= from) yield { name, error: unreadable(error) }
    }
  }
}

function unreadable(thrown: unknown): UserError {
  if (thrown instanceof UserError) return thrown
  throw thrown
}

/** What the records lie in. */
interface Source {
  readonly container: 'file' | 'folder' | 'zip'
  readonly members: readonly Member[]
  close(): void
}

interface Member {
  readonly name: string
  /** The whole content, unpacked. */
  read(): Promise<Uint8Array> | Uint8Array
  /** The content in pieces, as it lies there. */
  chunks(): AsyncGenerator<Uint8Array>
}

async function openSource(path: string): Promise<Source> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw diskError(path, Object.assign(new Error('missing'), { code: 'ENOENT' }))
  if (stat.isDirectory()) return folderSource(path)
  return (await startsLikeZip(path)) ? zipSource(path) : fileSource(path)
}

async function startsLikeZip(path: string): Promise<boolean> {
  for await (const chunk of fileChunks(path, 4)) return chunk[0] === 0x50 && chunk[1] === 0x4b && chunk[2]! < 9
  return false
}

function fileSource(path: string): Source {
  return { container: 'file', members: [fileMember(path, basename(path))], close: () => {} }
}

function folderSource(folder: string): Source {
  let names: string[]
  try {
    names = (readdirSync(folder, { recursive: true }) as string[]).sort()
  } catch (error) {
    throw diskError(folder, error)
  }
  return { container: 'folder', members: names.map((name) => fileMember(join(folder, name), name)), close: () => {} }
}

function fileMember(path: string, name: string): Member {
  const plain = () => {
    try {
      return readFileSync(path)
    } catch (error) {
      throw diskError(name, error)
    }
  }
  return {
    name,
    read: () => (/\.json$/.test(path) ? plain() : unpacked(fileChunks(path), name)),
    chunks: () => fileChunks(path),
  }
}

async function zipSource(path: string): Promise<Source> {
  const outer = ZipArchive.open(path, { member: MAX_RECORD })
  try {
    const nested = outer.entries.find((entry) => /(^|\/)cves\.zip$/.test(entry.name))
    const zip = nested === undefined ? outer : await outer.nested(nested)
    const members = zip.entries
      .filter((entry) => !entry.isFolder)
      // As they lie in the file: then it is read once from front to back.
      .sort((a, b) => a.offset - b.offset)
      .map((entry) => ({ name: entry.name, read: () => zip.read(entry), chunks: () => zip.chunks(entry) }))
    return { container: 'zip', members, close: () => [...new Set([zip, outer])].forEach((each) => void each.close()) }
  } catch (error) {
    outer.close()
    throw error
  }
}

/** One record is never larger. */
const MAX_RECORD = 64 * 2 ** 20

async function unpacked(chunks: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of decompress(chunks, name, MAX_RECORD)) parts.push(part)
  return Buffer.concat(parts)
}
