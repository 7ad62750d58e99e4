import { basename } from 'node:path'
import type { RecordKind } from '@firn/advisories'
import { finishIngestion } from '../domain/ingestion.ts'
import { putRecords, unchangedRecords } from '../domain/ingestRecords.ts'
import type { IngestionStatus } from '../domain/views.ts'
import type { Work } from './ingest.ts'
import type { ReadLot, RecordLot } from './lots.ts'
import { ReaderThread } from './reader.ts'

/**
 * CVE, NVD and OSV records. While one lot is written, the reading thread parses the next: two cores are busy. What the
 * database has with the same digest is not even parsed. The cursor is the number of entries behind us.
 */
export async function ingestRecords(work: Work): Promise<IngestionStatus> {
  const { db, file, signal } = work
  const kind = file.kind as RecordKind
  const reader = await ReaderThread.open({ kind, path: file.path })
  try {
    const ingestion = await work.begin(reader.count)
    let position = Number(ingestion.cursor ?? 0)
    await reader.ask('skip', position)
    let next: Promise<RecordLot> = reader.ask('records', null)
    let parsed: { readonly lot: Promise<ReadLot>; readonly unchanged: number; readonly end: number } | undefined
    for (;;) {
      const { size, unread } = await next
      signal.throwIfAborted()
      let following: typeof parsed
      if (size > 0) {
        const unchanged = await unchangedRecords(db, kind, unread)
        position += size
        following = { lot: reader.ask('read', [...unchanged]), unchanged: unchanged.size, end: position }
        next = reader.ask('records', null)
        // They are awaited a round later; until then a failure is nobody's.
        following.lot.catch(() => {})
        next.catch(() => {})
      }
      if (parsed !== undefined) {
        const { records, bad: unnamed } = await parsed.lot
        // A record that is a file of its own is known as the file was, not as the spool calls it.
        const bad = unnamed.map(({ name, error }) => ({
          name: name === basename(file.path) ? file.origin : name,
          error,
        }))
        await putRecords(db, ingestion, { cursor: String(parsed.end), records, bad, unchanged: parsed.unchanged })
        work.progress(parsed.end, reader.count)
      }
      if (following === undefined) return await finishIngestion(db, ingestion)
      parsed = following
    }
  } finally {
    await reader.close()
  }
}
