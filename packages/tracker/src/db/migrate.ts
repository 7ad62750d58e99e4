import { EXIT, UserError } from '@firn/core'
import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { MIGRATIONS } from './migrations/index.ts'
import type { Tables } from './tables.ts'

/** How a database stands to this firn's schema. */
export type SchemaState = 'empty' | 'current' | 'older' | 'newer'

const TABLE = 'kysely_migration'

export async function schemaState(kysely: Kysely<Tables>): Promise<SchemaState> {
  const done = await migrationsDone(kysely)
  if (done === undefined) return 'empty'
  const known = Object.keys(MIGRATIONS)
  if (done.some((name) => !known.includes(name))) return 'newer'
  return done.length === known.length ? 'current' : 'older'
}

/** Bring the schema up to date. Servers that start together take turns (Kysely holds an advisory lock). */
export async function migrate(kysely: Kysely<Tables>, where: string): Promise<void> {
  const state = await schemaState(kysely)
  if (state === 'newer') throw newer(where)
  // The migrator looks at the whole catalogue before it sees that: a third of a second on an embedded database.
  if (state === 'current') return
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

export function newer(where: string): UserError {
  return new UserError(
    `${where}: the database was made by a newer firn`,
    'start it with that firn, or give another folder (FIRN_DATA_DIR) or database (DATABASE_URL)',
    EXIT.store,
  )
}

async function migrationsDone(kysely: Kysely<Tables>): Promise<string[] | undefined> {
  const { rows: found } = await sql<{ found: boolean }>`select to_regclass(${TABLE}) is not null as found`.execute(
    kysely,
  )
  if (found[0]?.found !== true) return undefined
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(TABLE)} order by name`.execute(kysely)
  return rows.map((row) => row.name)
}
