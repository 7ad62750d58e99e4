import { createReadStream, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  epssScores,
  type FeedKind,
  lookAtFeedFile,
  openCveArchive,
  parseCveRecord,
  parseKev,
  parseNvdPage,
  parseOsvRecord,
} from '@firn/advisories'
import { decompress, ZipArchive } from '@firn/binary'
import { UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { advisoryFromCve } from '../match/fromCve.ts'
import { advisoryFromNvd } from '../match/fromNvd.ts'
import { advisoryFromOsv } from '../match/fromOsv.ts'
import type { IndexBuilder } from './build.ts'

/** A record that could not be read: it is put aside, and the others go in. */
export interface BadRecord {
  /** The file or member. */
  readonly name: string
  readonly message: string
}

/** What one file or folder gave. */
export interface FeedResult {
  readonly kind: FeedKind
  readonly records: number
  readonly bad: readonly BadRecord[]
}

export interface FeedOptions {
  readonly signal: AbortSignal
  /** `total` where it is known beforehand. */
  readonly onProgress?: (done: number, total?: number) => void
}

/**
 * Read a file or folder of advisories into an index, whatever it is: CVE records, OSV, NVD, KEV or EPSS, known by
 * content. Errors: a kind that is not known, a damaged archive, a file of which nothing could be read.
 */
export async function readFeed(path: string, builder: IndexBuilder, options: FeedOptions): Promise<FeedResult> {
  const look = await lookAtFeedFile(path)
  if (look.kind === undefined) {
    throw new UserError(
      `${path}: no advisories that are known (${look.seen})`,
      'give CVE records (bulk or delta zip, folder, JSON), OSV, NVD, KEV or EPSS',
    )
  }
  const intake = new Intake(options)
  await READERS[look.kind](path, builder, intake)
  if (intake.records === 0 && intake.bad.length > 0) {
    const { name, message } = intake.bad[0]!
    throw new UserError(`${path}: no record in it could be read; ${name}: ${message}`, 'check that the file is whole')
  }
  return { kind: look.kind, records: intake.records, bad: intake.bad }
}

/** Counts what goes in, and gives the signal and the progress bar their turn. */
class Intake {
  records = 0
  readonly bad: BadRecord[] = []
  readonly #options: FeedOptions
  #seen = 0

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Take one file; what a UserError says of it is noted. */
  take(name: string, read: () => number): void {
    try {
      this.records += read()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      this.reject(name, error.message)
    }
  }

  reject(name: string, message: string): void {
    this.bad.push({ name, message })
  }

  async step(total?: number): Promise<void> {
    if (this.#seen++ % STRIDE !== 0) return
    this.#options.onProgress?.(this.#seen - 1, total)
    await new Promise((resolve) => setImmediate(resolve))
    this.#options.signal.throwIfAborted()
  }
}

const STRIDE = 250

type Reader = (path: string, builder: IndexBuilder, intake: Intake) => Promise<void>

const READERS: Readonly<Record<FeedKind, Reader>> = {
  cve: async (path, builder, intake) => {
    const archive = await openCveArchive(path)
    try {
      for (const file of archive.files()) {
        await intake.step(archive.count)
        if ('error' in file) intake.reject(file.name, file.error.message)
        else {
          intake.take(file.name, () => {
            const { record } = parseCveRecord(file.bytes)
            builder.add('cve', record.cveMetadata.cveId, advisoryFromCve(record))
            return 1
          })
        }
      }
    } finally {
      archive.close()
    }
  },
  osv: (path, builder, intake) =>
    eachFile(path, intake, (bytes) => {
      const { record } = parseOsvRecord(bytes)
      builder.add('osv', record.id, advisoryFromOsv(record))
      return 1
    }),
  nvd: (path, builder, intake) =>
    eachFile(path, intake, (bytes) => {
      const page = parseNvdPage(bytes)
      for (const record of page.records) builder.add('nvd', record.id, advisoryFromNvd(record))
      return page.records.length
    }),
  kev: (path, builder, intake) =>
    eachFile(path, intake, (bytes) => {
      const { entries } = parseKev(bytes)
      for (const { cveId, dateAdded, ransomware } of entries) {
        builder.exploited(cveId, { dateAdded, ...(ransomware ? { ransomware } : {}) })
      }
      return entries.length
    }),
  epss: async (path, builder, intake) => {
    for await (const { scores, skipped } of epssScores(decompress(readable(path), path))) {
      await intake.step()
      for (const { cveId, score, percentile } of scores) builder.scored(cveId, { score, percentile })
      intake.records += scores.length
      if (skipped > 0) intake.reject(basename(path), `${skipped} rows are no score`)
    }
  },
}

/** A document of one file; larger ones are no feed of JSON that is published. */
const MAX_DOCUMENT = 512 * 2 ** 20

/** Each JSON file of a folder, a zip, or the file itself, unpacked. */
async function eachFile(path: string, intake: Intake, read: (bytes: Uint8Array) => number): Promise<void> {
  const { container } = await lookAtFeedFile(path)
  if (container === 'zip') return eachMember(path, intake, read)
  const names = container === 'file' ? [path] : filesOf(path)
  for (const name of names) {
    await intake.step(names.length)
    const pieces: Uint8Array[] = []
    try {
      for await (const piece of decompress(readable(name), name, MAX_DOCUMENT)) pieces.push(piece)
    } catch (error) {
      if (!(error instanceof UserError) || container === 'file') throw error
      intake.reject(name, error.message)
      continue
    }
    intake.take(name, () => read(Buffer.concat(pieces)))
  }
}

async function eachMember(path: string, intake: Intake, read: (bytes: Uint8Array) => number): Promise<void> {
  const zip = ZipArchive.open(path)
  try {
    const members = zip.entries.filter((entry) => entry.name.endsWith('.json')).sort((a, b) => a.offset - b.offset)
    for (const entry of members) {
      await intake.step(members.length)
      intake.take(entry.name, () => read(zip.read(entry)))
    }
  } finally {
    zip.close()
  }
}

function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }) as string[]
  return names
    .filter((name) => /\.json(\.(gz|br|zst))?$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

/** The bytes of a file; what the system says of it is a UserError. */
async function* readable(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path)) yield piece as Uint8Array
  } catch (error) {
    throw diskError(path, error)
  }
}
