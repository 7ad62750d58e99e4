import type { Advisory } from '@firn/scan'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { withUrgency } from './answers.ts'

/** All advisories by id, some at a time, with what KEV and EPSS say of them. Those that were rejected are among them. */
export async function* allAdvisories(db: Database, size = 2000): AsyncGenerator<readonly Advisory[]> {
  for (let last = ''; ; ) {
    const { rows: found } = await sql<{ id: string; body: string }>`select id, body from advisory
      where id > ${last} order by id limit ${size}`.execute(db.kysely)
    if (found.length === 0) return
    last = found.at(-1)!.id
    const page = new Map(found.map(({ id, body }) => [id, JSON.parse(body) as Advisory]))
    yield [...(await withUrgency(db, page)).values()]
  }
}
