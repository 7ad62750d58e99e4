import { sql } from 'kysely'
import type { Database } from '../db/database.ts'

/** So many of each year at most. */
const OF_A_YEAR = 16
/** Of the first year there are ids. */
const FIRST = 1999

/** Ids of some vulnerabilities of each year, the newest year first: of all kinds, and cheap to find. */
export async function someCves(db: Database): Promise<readonly string[]> {
  const { rows: found } = await sql<{ id: string }>`select id
    from generate_series(extract(year from now())::integer, ${sql.lit(FIRST)}, -1) as year,
      lateral (select id from advisory where id >= 'CVE-' || year || '-2' and id < 'CVE-' || year || '-:'
        order by id limit ${sql.lit(OF_A_YEAR)}) as found`.execute(db.kysely)
  return found.map(({ id }) => id)
}
