import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { sql } from 'kysely'
import type { Database, Tx } from './database.ts'

/** Any number that no other program in this database locks. */
const WRITERS = 7_206_641

/**
 * One transaction that writes. Writers take turns: a batch of advisories and a batch of packages that did not see each
 * other would leave out their matches. Who reads an embedded database goes first. Whatever readers remember is out of date afterwards.
 */
export async function write<T>(db: Database, act: (tx: Tx) => Promise<T>): Promise<T> {
  await db.readers?.giveWay()
  try {
    return await db.kysely.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${sql.lit(WRITERS)})`.execute(tx)
      const result = await act(tx)
      await sql`update state set version = version % 2000000000 + 1`.execute(tx)
      return result
    })
  } catch (error) {
    throw databaseError(db, error)
  }
}

/** What the disk or the server's end does to us, in a user's words; other errors pass unchanged. */
function databaseError(db: Pick<Database, 'place'>, error: unknown): unknown {
  if (error instanceof UserError) return error
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (code === '53100' || /ENOSPC|no space left|disk quota/i.test(message)) {
    return diskError(db.place, Object.assign(new Error(message, { cause: error }), { code: 'ENOSPC' }))
  }
  if (/^(57P0|08)/.test(code) || /^E(CONN|PIPE|TIMEDOUT)/.test(code) || /Connection terminated/.test(message)) {
    return new UserError(
      `${db.place}: the database went away (${message})`,
      'see that the server runs; what was committed is safe, and the import goes on from there',
      EXIT.store,
      { cause: error },
    )
  }
  return error
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
  return typeof value === 'string' ? plain(value) : value
}

/** Text that PostgreSQL takes. */
export function plain(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
