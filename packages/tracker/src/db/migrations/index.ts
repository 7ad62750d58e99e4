import type { Migration } from 'kysely/migration'
import { up as first } from './0001-first.ts'

/** All migrations, oldest first. A released one is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first': { up: first },
}
