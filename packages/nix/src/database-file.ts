import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EXIT, UserError } from '@firn/core'
import { copyDatabase, unreadable } from './database-copy.ts'

/** The layout of db.sqlite since Nix 2.0 (src/libstore/local-store.hh: nixSchemaVersion). */
const SCHEMA = 10

/** The columns that are read. A table that is a view or computes them is not Nix's, and could run for ever. */
const TABLES = {
  ValidPaths: ['id', 'path', 'hash', 'registrationTime', 'deriver', 'narSize', 'ultimate', 'sigs', 'ca'],
  Refs: ['referrer', 'reference'],
  DerivationOutputs: ['drv', 'id', 'path'],
} as const

/**
 * Open `STATE_DIR/db/db.sqlite` with one read transaction begun, so that all questions see one state while others
 * write. It is opened with all its locks and its write-ahead log, never as immutable; where the files that takes
 * cannot be made or used (a read-only disk, another user), a private copy is opened. `lockTimeout`: milliseconds to
 * wait for a writer that holds the database for itself.
 */
export function openDatabaseFile(stateDir: string, lockTimeout: number): DatabaseSync {
  const file = databaseFile(stateDir)
  requireFile(file)
  requireKnownSchema(join(stateDir, 'db/schema'))
  try {
    return openSnapshot(file, file, lockTimeout, true)
  } catch (error) {
    if (!NEEDS_A_COPY.has(resultCode(error))) throw databaseError(file, error)
  }
  const folder = copyDatabase(file)
  try {
    // Not read-only: a log or a journal that was left behind has to be played first.
    return openSnapshot(join(folder, 'db.sqlite'), file, lockTimeout, false)
  } catch (error) {
    throw databaseError(file, error)
  } finally {
    // Open files stay readable without their names, so nothing is left behind however this process ends.
    rmSync(folder, { recursive: true, force: true })
  }
}

export function databaseFile(stateDir: string): string {
  return join(stateDir, 'db/db.sqlite')
}

/** What SQLite says of a database as a UserError; others pass unchanged. */
export function databaseError(file: string, error: unknown): unknown {
  const { code } = error as { code?: string }
  if (code !== 'ERR_SQLITE_ERROR' && code !== 'ERR_OUT_OF_RANGE') return error
  if (!BUSY.has(resultCode(error))) return damaged(file, (error as Error).message, error)
  return new UserError(
    `${file}: the database is locked by another process`,
    'wait until that one is done (an upgrade of Nix, a repair), and run the command again',
    EXIT.store,
    { cause: error },
  )
}

export function damaged(file: string, what: string, cause?: unknown): UserError {
  return new UserError(
    `${file}: the database cannot be read: ${what}`,
    'look at it with nix-store --verify, or put a copy back; firn scan can ask Nix instead: --backend daemon, --backend nix',
    EXIT.store,
    { cause },
  )
}

/** SQLite's result codes; the low byte is the kind (sqlite.org/rescode.html). */
const BUSY: ReadonlySet<number> = new Set([5 /* BUSY */, 6 /* LOCKED */])
const NEEDS_A_COPY: ReadonlySet<number> = new Set([3 /* PERM */, 8 /* READONLY */, 10 /* IOERR */, 14 /* CANTOPEN */])

function resultCode(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff
}

/** `named` is what the file is called to people. */
function openSnapshot(file: string, named: string, timeout: number, readOnly: boolean): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly, timeout, defensive: true })
  try {
    // It may be from somebody's disk: nothing in it is to run, and its pages are not trusted.
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON; BEGIN')
    for (const [table, columns] of Object.entries(TABLES)) requirePlainTable(database, named, table, columns)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function requirePlainTable(database: DatabaseSync, named: string, table: string, columns: readonly string[]): void {
  const kind = database.prepare("select type from pragma_table_list where schema = 'main' and name = ?").get(table)
  const stored = database.prepare('select name from pragma_table_xinfo(?) where hidden = 0').all(table)
  const names = new Set(stored.map((column) => column.name))
  if (kind?.type === 'table' && columns.every((column) => names.has(column))) return
  throw new UserError(
    `${named}: this is no database of Nix: it has no table ${table} of ${columns.join(', ')}`,
    'check --store and NIX_STATE_DIR',
    EXIT.store,
  )
}

function requireFile(file: string): void {
  if (stat(file)?.isFile() === true) return
  throw new UserError(
    `${file}: no such file`,
    'check --store and NIX_STATE_DIR: they name the folder that holds db/db.sqlite',
    EXIT.store,
  )
}

/** Without a `schema` file (a copy of the database alone) the tables speak for themselves. */
function requireKnownSchema(file: string): void {
  if (stat(file)?.isFile() !== true) return
  const found = reading(file, () => readFileSync(file, 'utf8')).trim()
  if (found === String(SCHEMA)) return
  const hint =
    Number(found) > SCHEMA
      ? 'a newer Nix made it: use a newer firn, or let Nix itself read it with --backend daemon or --backend nix'
      : 'run any command of Nix 2 as the owner of the store: it brings the database up to date'
  throw new UserError(
    `${file}: this store has schema ${JSON.stringify(found.slice(0, 20))}, firn knows ${SCHEMA}`,
    hint,
    EXIT.store,
  )
}

function stat(file: string) {
  return reading(file, () => statSync(file, { throwIfNoEntry: false }))
}

function reading<T>(file: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw unreadable(file, error)
  }
}
