import { EXIT, UserError } from '@firn/core'
import { IndexBuilder } from '@firn/scan'
import type { Database } from '../db/database.ts'
import { dataOf } from '../domain/answers.ts'
import { listDecisions } from '../domain/decisions.ts'
import { allAdvisories } from '../domain/exporting.ts'
import type { IngestOptions } from './ingest.ts'

export interface Exported {
  readonly path: string
  readonly records: number
  /** ISO 8601: the age of the data, which is the age that the index will tell. */
  readonly updated: string
}

/**
 * Write the advisory index that `firn scan` takes, with this tracker's advisories and decisions, to `path`: whole or
 * not at all. Its age is that of the data. A UserError when there is none.
 */
export async function exportIndex(
  db: Database,
  path: string,
  { signal, onProgress }: IngestOptions,
): Promise<Exported> {
  const { records, updated } = await dataOf(db)
  if (records === 0) {
    throw new UserError('there are no advisories to export', 'firn tracker sync, or firn tracker import', EXIT.data)
  }
  const builder = new IndexBuilder(path)
  try {
    let done = 0
    for await (const page of allAdvisories(db)) {
      signal.throwIfAborted()
      for (const advisory of page) {
        builder.add('tracker', advisory.id, advisory)
        if (advisory.kev !== undefined) builder.exploited(advisory.id, advisory.kev)
        if (advisory.epss !== undefined) builder.scored(advisory.id, advisory.epss)
      }
      done += page.length
      onProgress?.({ label: 'reading advisories', done })
    }
    const decisions = (await listDecisions(db)).map(({ id, ...decision }) => decision)
    await builder.finish(
      { updated: new Date(updated), sources: [{ name: 'firn tracker', kind: 'tracker', records }], skipped: 0 },
      {
        signal,
        ...(decisions.length > 0 && { decisions: JSON.stringify(decisions) }),
        onProgress: (written, total) => onProgress?.({ label: 'writing the index', done: written, total }),
      },
    )
    return { path, records: builder.records, updated }
  } finally {
    builder.close()
  }
}
