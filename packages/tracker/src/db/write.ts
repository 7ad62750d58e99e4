import { sql } from 'kysely'
import type { Database, Tx } from './database.ts'

/** Any number that no other program in this database locks. */
const WRITERS = 7_206_641

/**
 * One transaction that writes. Writers take turns: a batch of advisories and a batch of packages that did not see each
 * other would leave out their matches. Whatever readers remember is out of date afterwards.
 */
export function write<T>(db: Database, act: (tx: Tx) => Promise<T>): Promise<T> {
  return db.kysely.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(WRITERS)})`.execute(tx)
    const result = await act(tx)
    await sql`update state set version = version % 2000000000 + 1`.execute(tx)
    return result
  })
}

/**
 * Rows as a parameter: `select * from ${rows(list)} as t(name text, advisory text)`. One JSON text is by far the
 * cheapest way into both engines; bytes go as base64. Text that PostgreSQL refuses (NUL, half surrogates) is mended.
 */
export function rows(list: readonly object[]) {
  let text = JSON.stringify(list)
  if (/\\u(0000|d[89a-f])/i.test(text)) text = JSON.stringify(list, mend)
  return sql`json_to_recordset(${text}::text::json)`
}

function mend(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value
}
