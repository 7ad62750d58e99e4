import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import { type BadRecord, forgetSignature, IndexBuilder, type IndexSource, openIndex, readFeed } from '@firn/scan'
import type { Io } from '../command.ts'
import { count } from '../count.ts'
import { ProgressBar } from '../progress.ts'
import { indexPath, makeCacheFolder } from './cache.ts'
import { downloadFeeds, type Fetched } from './download.ts'
import { isSignedIndex, takeIndex } from './signed.ts'

/** Bad records that are told one by one; the file has all of them. */
const TOLD = 5

/**
 * Make the advisory index anew: from the network, or from the files and folders in `from`, in that order; a later
 * record takes the place of an earlier one. One index that somebody signed is taken as it is. The old index stays until
 * the new one is whole.
 */
export async function updateIndex(from: readonly string[], keys: readonly string[], io: Io): Promise<void> {
  const folder = makeCacheFolder(io.env)
  const bar = new ProgressBar(io)
  const indexes = from.filter(isSignedIndex)
  try {
    if (indexes.length === 0) {
      if (keys.length > 0) throw new UserError('--key belongs to a signed index', 'leave it out, or give --from INDEX')
      return await makeIndex(from, folder, io, bar)
    }
    if (from.length > 1) throw new UserError(`${indexes[0]}: an index is taken whole`, 'give it alone, or give feeds')
    await takeIndex(indexes[0]!, keys, { folder, path: indexPath(io.env) }, io, bar)
    io.stderr(`The advisories are now ${count(recordsOf(indexPath(io.env)) ?? 0)} records.\n`)
  } finally {
    bar.close()
  }
}

async function makeIndex(from: readonly string[], folder: string, io: Io, bar: ProgressBar): Promise<void> {
  const warn = (message: string) => io.stderr(`firn: ${message}\n`)
  const downloads = from.length === 0 ? await downloadFeeds(folder, io, bar, warn) : []
  try {
    await build(from.length === 0 ? downloads : from.map((file) => ({ name: file, file })), folder, io, bar)
  } finally {
    for (const { file } of downloads) rmSync(file, { force: true })
  }
}

async function build(inputs: readonly Fetched[], folder: string, io: Io, bar: ProgressBar): Promise<void> {
  const path = indexPath(io.env)
  const before = recordsOf(path)
  const builder = new IndexBuilder(path)
  const sources: IndexSource[] = []
  const bad: BadRecord[] = []
  try {
    for (const { name, file } of inputs) {
      const result = await readFeed(file, builder, { signal: io.signal, onProgress: progress(bar, `reading ${name}`) })
      sources.push({ name, kind: result.kind, records: result.records })
      bad.push(...result.bad)
    }
    const about = { updated: new Date(), sources, skipped: bad.length }
    await builder.finish(about, { signal: io.signal, onProgress: progress(bar, 'writing the index') })
    forgetSignature(path)
    bar.close()
    tell(builder.records, before, sources, io)
    keepAside(bad, folder, io)
  } finally {
    builder.close()
  }
}

function tell(records: number, before: number | undefined, sources: readonly IndexSource[], io: Io): void {
  for (const source of sources) {
    io.stderr(`${source.name}: ${count(source.records)} ${source.kind.toUpperCase()} records\n`)
  }
  io.stderr(
    `The advisories are now ${count(records)} records${before === undefined ? '' : `, before ${count(before)}`}.\n`,
  )
  // A delta alone looks like an update and is not: what it does not hold would be silently clean.
  if (before !== undefined && records < before / 2) {
    io.stderr('firn: they are only what was given: name the bulk zip first and the delta after it to have both\n')
  }
}

/** Records that could not be read are counted, told, and kept in a file beside the index. */
function keepAside(bad: readonly BadRecord[], folder: string, io: Io): void {
  const file = join(folder, 'bad-records.json')
  if (bad.length === 0) {
    rmSync(file, { force: true })
    return
  }
  writeFileAtomic(file, `${JSON.stringify(bad, null, 2)}\n`, 0o600)
  for (const { name, message } of bad.slice(0, TOLD)) io.stderr(`firn: ${name}: ${message}\n`)
  const more = bad.length > TOLD ? ` (${count(bad.length - TOLD)} more)` : ''
  io.stderr(
    `firn: ${count(bad.length)} could not be read and ${bad.length === 1 ? 'is' : 'are'} left out${more}: ${file}\n`,
  )
}

function recordsOf(path: string): number | undefined {
  try {
    const { index, close } = openIndex(path)
    close()
    return index.header.records
  } catch {
    return undefined
  }
}

function progress(bar: ProgressBar, label: string) {
  return (done: number, total?: number) => bar.show({ label, done, ...(total === undefined ? {} : { total }) })
}
