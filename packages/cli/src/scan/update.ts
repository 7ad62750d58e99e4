import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '@firn/core/fs'
import { type BadRecord, IndexBuilder, type IndexSource, openIndex, readFeed } from '@firn/scan'
import type { Io } from '../command.ts'
import { ProgressBar } from '../progress.ts'
import { indexPath, makeCacheFolder } from './cache.ts'
import { downloadFeeds, type Fetched } from './download.ts'

/** Bad records that are told one by one; the file has all of them. */
const TOLD = 5

/**
 * Make the advisory index anew: from the network, or from the files and folders in `from`, in that order; a later
 * record takes the place of an earlier one. The old index stays until the new one is whole.
 */
export async function updateIndex(from: readonly string[], io: Io): Promise<void> {
  const folder = makeCacheFolder(io.env)
  const bar = new ProgressBar(io)
  let downloads: readonly Fetched[] = []
  try {
    if (from.length === 0)
      downloads = await downloadFeeds(folder, io, bar, (message) => io.stderr(`firn: ${message}\n`))
    const inputs = from.length === 0 ? downloads : from.map((file) => ({ name: file, file }))
    await build(inputs, folder, io, bar)
  } finally {
    bar.close()
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

function count(n: number): string {
  return n.toLocaleString('en-GB')
}
