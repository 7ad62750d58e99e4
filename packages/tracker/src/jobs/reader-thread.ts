import { parentPort } from 'node:worker_threads'
import {
  type BadFeedRecord,
  type FeedRecord,
  type FeedRecords,
  openFeedRecords,
  type RecordKind,
} from '@firn/advisories'
import { decompress } from '@firn/binary'
import { UserError } from '@firn/core'
import { fileChunks } from '@firn/core/fs'
import { type PackageEntry, readPackageSet } from '@firn/nix'
import type { BadRecord } from '../domain/ingestion.ts'
import { digestOf, type IncomingRecord, readRecord } from '../domain/record.ts'
import type { Answer, LotSource, PackageLot, Question, ReadLot, RecordLot } from './lots.ts'

/**
 * The program of the reading thread: it unpacks, digests, parses and reduces, so that the thread with the database
 * only writes. It holds one lot at a time.
 */
const LOT_RECORDS = 500
const LOT_BYTES = 8 * 2 ** 20
const LOT_PACKAGES = 1000

const port = parentPort!
let source: LotSource
let from = 0
let archive: FeedRecords | undefined
let records: AsyncGenerator<FeedRecord | BadFeedRecord> | undefined
let packages: AsyncGenerator<PackageEntry | { attribute: string; error: string }> | undefined
let lot: { readonly bad: BadRecord[]; readonly entries: (FeedRecord & { readonly digest: string })[] }

/** The answer to one question; ReaderThread on the other side knows which type belongs to which. */
async function answer(question: Question): Promise<unknown> {
  if (question.name === 'open') return open(question.ask)
  if (question.name === 'skip') {
    from = question.ask
    return null
  }
  if (question.name === 'records') return nextRecords()
  if (question.name === 'read') return readLot(new Set(question.ask))
  return nextPackages()
}

async function open(asked: LotSource): Promise<{ count?: number }> {
  source = asked
  if (asked.kind === 'packages') return {}
  archive = await openFeedRecords(asked.path, asked.kind)
  return archive.count === undefined ? {} : { count: archive.count }
}

async function nextRecords(): Promise<RecordLot> {
  records ??= archive!.read(from)
  lot = { bad: [], entries: [] }
  let size = 0
  for (let bytes = 0; size < LOT_RECORDS && bytes < LOT_BYTES; size++) {
    const next = await records.next()
    if (next.done) break
    const record = next.value
    if ('error' in record) lot.bad.push({ name: record.name, error: record.error.message })
    else {
      bytes += record.bytes.length
      lot.entries.push({ ...record, digest: digestOf(record.bytes) })
    }
  }
  const unread = lot.entries.flatMap(({ id, digest }) => (id === undefined ? [] : { id, digest }))
  return { unread, size }
}

function readLot(unchanged: ReadonlySet<string>): ReadLot {
  const read: IncomingRecord[] = []
  for (const { id, name, bytes, digest } of lot.entries) {
    if (id !== undefined && unchanged.has(id)) continue
    try {
      read.push(readRecord(source.kind as RecordKind, bytes, digest))
    } catch (error) {
      lot.bad.push({ name, error: reasonOf(error) })
    }
  }
  return { records: read, bad: lot.bad }
}

/** One record that we fail on must not keep out the thousands beside it. */
function reasonOf(error: unknown): string {
  return error instanceof UserError ? error.message : `a fault of ours: ${String(error)}`
}

async function nextPackages(): Promise<PackageLot> {
  packages ??= await skipped(readPackageSet(decompress(fileChunks(source.path), source.path)), from)
  const found: PackageEntry[] = []
  const bad: BadRecord[] = []
  for (let size = 0; size < LOT_PACKAGES; size++) {
    const next = await packages.next()
    if (next.done) return { packages: found, bad, size }
    const entry = next.value
    if ('error' in entry) bad.push({ name: entry.attribute, error: entry.error })
    else found.push(entry)
  }
  return { packages: found, bad, size: LOT_PACKAGES }
}

async function skipped<T>(entries: AsyncGenerator<T>, count: number): Promise<AsyncGenerator<T>> {
  for (let at = 0; at < count; at++) await entries.next()
  return entries
}

let turn = Promise.resolve()
port.on('message', (question: Question) => {
  turn = turn.then(async () => port.postMessage(await answered(question)))
})

/** What is no UserError ends the thread, which the other side sees. */
async function answered(question: Question): Promise<Answer> {
  try {
    return { value: await answer(question) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { failure: { message: error.message, hint: error.hint, exit: error.exit } }
  }
}
