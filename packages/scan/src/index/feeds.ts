import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import {
  epssScores,
  type FeedKind,
  lookAtFeedFile,
  openFeedRecords,
  parseCveRecord,
  parseKev,
  parseNvdPage,
  parseOsvRecord,
  type RecordKind,
} from '@firn/advisories'
import { decompress } from '@firn/binary'
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
  try {
    return await readKnown(path, builder, options)
  } catch (error) {
    if (!(error instanceof UserError) || error.message.includes(path)) throw error
    throw new UserError(`${path}: ${error.message}`, error.hint, error.exit, { cause: error })
  }
}

async function readKnown(path: string, builder: IndexBuilder, options: FeedOptions): Promise<FeedResult> {
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

  /** Take one record; what a UserError says of it is noted. */
  take(name: string, read: () => void): void {
    try {
      read()
      this.records++
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
  cve: (path, builder, intake) =>
    eachRecord('cve', path, intake, (bytes) => {
      const { record } = parseCveRecord(bytes)
      builder.add('cve', record.cveMetadata.cveId, advisoryFromCve(record))
    }),
  osv: (path, builder, intake) =>
    eachRecord('osv', path, intake, (bytes) => {
      const { record } = parseOsvRecord(bytes)
      builder.add('osv', record.id, advisoryFromOsv(record))
    }),
  nvd: (path, builder, intake) =>
    eachRecord('nvd', path, intake, (bytes) => {
      const [record] = parseNvdPage(bytes).records
      if (record === undefined) throw new UserError('this entry is no CVE', 'fetch the feed again')
      builder.add('nvd', record.id, advisoryFromNvd(record))
    }),
  kev: async (path, builder, intake) => {
    const { entries, skipped } = parseKev(await wholeFile(path))
    for (const { cveId, dateAdded, ransomware } of entries) {
      builder.exploited(cveId, { dateAdded, ...(ransomware ? { ransomware } : {}) })
    }
    intake.records = entries.length
    if (skipped > 0) intake.reject(basename(path), `${skipped} entries have no CVE id`)
  },
  epss: async (path, builder, intake) => {
    for await (const { scores, skipped } of epssScores(decompress(pieces(path), path))) {
      await intake.step()
      for (const { cveId, score, percentile } of scores) builder.scored(cveId, { score, percentile })
      intake.records += scores.length
      if (skipped > 0) intake.reject(basename(path), `${skipped} rows are no score`)
    }
  },
}

async function eachRecord(
  kind: RecordKind,
  path: string,
  intake: Intake,
  read: (bytes: Uint8Array) => void,
): Promise<void> {
  const records = await openFeedRecords(path, kind)
  try {
    for await (const record of records.read()) {
      await intake.step(records.count)
      if ('error' in record) intake.reject(record.name, record.error.message)
      else intake.take(record.name, () => read(record.bytes))
    }
  } finally {
    records.close()
  }
}

/** CISA's catalogue has some 1.5 MB. */
const MAX_CATALOGUE = 64 * 2 ** 20

async function wholeFile(path: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of decompress(pieces(path), path, MAX_CATALOGUE)) parts.push(part)
  return Buffer.concat(parts)
}

/** The bytes of a file; what the system says of it is a UserError. */
async function* pieces(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path)) yield piece as Uint8Array
  } catch (error) {
    throw diskError(path, error)
  }
}
