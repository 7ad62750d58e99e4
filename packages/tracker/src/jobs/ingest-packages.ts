import { endEvaluation, putPackages } from '../domain/ingestPackages.ts'
import type { IngestionStatus } from '../domain/views.ts'
import type { Work } from './ingest.ts'
import { ReaderThread } from './reader.ts'

/**
 * A channel's package set: staged in lots while the reading thread parses the next, then compared with the channel's
 * last set in one transaction, so that a half-read set is never seen. The cursor is the number of entries behind us.
 */
export async function ingestPackages(work: Work): Promise<IngestionStatus> {
  const { db, file, signal } = work
  const reader = await ReaderThread.open({ kind: 'packages', path: file.path })
  try {
    const ingestion = await work.begin()
    let position = Number(ingestion.cursor ?? 0)
    await reader.ask('skip', position)
    let next = reader.ask('packages', null)
    for (;;) {
      const { size, packages, bad } = await next
      signal.throwIfAborted()
      if (size === 0) return await endEvaluation(db, ingestion, { acceptShrinking: file.acceptShrinking === true })
      next = reader.ask('packages', null)
      next.catch(() => {})
      position += size
      await putPackages(db, ingestion, { cursor: String(position), packages, bad })
      work.progress(position)
    }
  } finally {
    await reader.close()
  }
}
