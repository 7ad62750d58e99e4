import { epssScores, parseKev } from '@firn/advisories'
import { decompress } from '@firn/binary'
import { fileChunks } from '@firn/core/fs'
import { finishIngestion } from '../domain/ingestion.ts'
import { putEpss, replaceKev } from '../domain/ingestUrgency.ts'
import type { IngestionStatus } from '../domain/views.ts'
import type { Work } from './ingest.ts'

/** The catalogue is some 2 MB. */
const MAX_KEV = 64 * 2 ** 20

/** The KEV catalogue is one document, and replaces the one before at once. */
export async function ingestKev(work: Work): Promise<IngestionStatus> {
  const parts: Uint8Array[] = []
  for await (const part of decompress(fileChunks(work.file.path), '', MAX_KEV)) parts.push(part)
  const catalogue = parseKev(Buffer.concat(parts))
  const total = catalogue.entries.length
  const ingestion = await work.begin(total)
  await replaceKev(work.db, ingestion, catalogue)
  work.progress(total, total)
  return finishIngestion(work.db, ingestion)
}

/** EPSS scores, in lots. The cursor is the number of scores behind us. */
export async function ingestEpss(work: Work): Promise<IngestionStatus> {
  const ingestion = await work.begin()
  const behind = Number(ingestion.cursor ?? 0)
  let position = 0
  for await (const { header, scores, skipped } of epssScores(decompress(fileChunks(work.file.path)))) {
    work.signal.throwIfAborted()
    position += scores.length
    if (position <= behind) continue
    const bad = skipped === 0 ? [] : [{ name: work.file.origin, error: `${skipped} rows are no score` }]
    await putEpss(work.db, ingestion, { cursor: String(position), header, scores, bad })
    work.progress(position)
  }
  return finishIngestion(work.db, ingestion)
}
