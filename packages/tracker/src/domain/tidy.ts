import { sql } from 'kysely'
import type { Database } from '../db/database.ts'

/** So many rows, or this share of all, may change before space is reclaimed and the planner's counts are renewed. */
const LEAST = 10_000
const SHARE = 0.1

const TABLES = [
  'record',
  'advisory',
  'advisory_name',
  'alias',
  'osv_advisory',
  'kev',
  'epss',
  'component',
  'component_name',
  'presence',
  'staged',
  'store_path',
  'match',
  'ruled',
] as const

/** After an ingestion. PGlite has no autovacuum: without this, replaced rows would pile up. */
export async function tidy(db: Database): Promise<void> {
  const { rows } = await sql<{ churn: number; size: number }>`select churn,
    (select sum(greatest(reltuples, 0))::float8 from pg_class where relname in
      (${sql.join(TABLES.map((table) => sql.lit(table)))}) and relnamespace = current_schema()::regnamespace) as size
    from state`.execute(db.kysely)
  const { churn, size } = rows[0]!
  if (churn < Math.max(LEAST, size * SHARE)) return
  const command = db.kind === 'pglite' ? 'vacuum (analyze)' : 'analyze'
  await sql.raw(`${command} ${TABLES.join(', ')}`).execute(db.kysely)
  await sql`update state set churn = 0`.execute(db.kysely)
}
