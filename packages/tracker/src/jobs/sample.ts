import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import type { Spool, SpooledFile } from './spool.ts'

const SAMPLE = new URL('../../sample/', import.meta.url)

/**
 * When nothing was ever imported, spool the bundled sample: real records and channels, few and old. It renews no feed,
 * so that the status page goes on saying that nothing was fetched yet. All of it is spooled before any is read: a
 * start that is cut off is finished by the next.
 */
export async function spoolSample(db: Database, spool: Spool): Promise<SpooledFile[]> {
  if (!(await isEmpty(db))) return []
  const names = readdirSync(SAMPLE).filter((name) => /\.(zip|json|json\.gz)$/.test(name))
  // Records first: then each channel shows its matches when it appears.
  const files = names.sort((a, b) => Number(b.endsWith('.zip')) - Number(a.endsWith('.zip')) || (a < b ? -1 : 1))
  const spooled: SpooledFile[] = []
  for (const name of files) {
    spooled.push(
      await spool.add({ path: fileURLToPath(new URL(name, SAMPLE)), origin: `bundled sample: ${name}`, feed: false }),
    )
  }
  return spooled
}

async function isEmpty(db: Database): Promise<boolean> {
  const { rows } = await sql<{ empty: boolean }>`select not exists (select 1 from record)
    and not exists (select 1 from evaluation) and not exists (select 1 from ingestion) as empty`.execute(db.kysely)
  return rows[0]!.empty
}
