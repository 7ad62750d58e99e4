import { EXIT, UserError } from '@firn/core'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import type { Tables } from './tables.ts'

/** A PostgreSQL server, 15 or later. */
export async function openServer(url: string): Promise<Database> {
  const where = withoutPassword(url)
  const pool = new pg.Pool({ connectionString: url, max: 8, application_name: 'firn', connectionTimeoutMillis: 15_000 })
  // An idle connection that the server cuts is replaced by the next query; without a listener it would end us.
  pool.on('error', () => {})
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await checkVersion(pool, where)
    await migrate(kysely, where)
  } catch (error) {
    await kysely.destroy()
    throw unreachable(where, error)
  }
  return { kysely, kind: 'postgresql', place: where, close: () => kysely.destroy() }
}

const OLDEST = 150_000

async function checkVersion(pool: pg.Pool, where: string): Promise<void> {
  const { rows } = await pool.query<{ version: string }>(`select current_setting('server_version_num') as version`)
  if (Number(rows[0]?.version) >= OLDEST) return
  throw new UserError(`${where}: this PostgreSQL is older than 15`, 'use a server of version 15 or later', EXIT.store)
}

/** Connection troubles and refusals of the server, in a user's words; faults of ours pass unchanged. */
function unreachable(where: string, error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string }
  const isOurs = error instanceof UserError || (code !== undefined && !/^(E[A-Z]{3,}|08|28|3D|57|53|42501)/.test(code))
  if (isOurs) return error
  return new UserError(
    `${where}: ${message === undefined || message === '' ? (code ?? 'no answer') : message}`,
    'check DATABASE_URL (postgresql://USER@HOST/DATABASE), and that the server runs and lets this user in',
    EXIT.store,
    { cause: error },
  )
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    parsed.password = ''
    parsed.search = ''
    return parsed.href
  } catch {
    throw new UserError('DATABASE_URL: this is no URL', 'its form is postgresql://USER@HOST/DATABASE', EXIT.store)
  }
}
