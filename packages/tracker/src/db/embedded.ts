import { cpSync, existsSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite, types } from '@electric-sql/pglite'
import { EXIT, UserError } from '@firn/core'
import { diskError, makeFolder } from '@firn/core/fs'
import { Kysely, PGliteDialect, sql } from 'kysely'
import type { Database } from './database.ts'
import { lockFolder } from './lock.ts'
import { migrate, newer, schemaState } from './migrate.ts'
import { Readers } from './readers.ts'
import type { Tables } from './tables.ts'

/** PGlite in FOLDER/pgdata, owned by this process. An older schema is copied to FOLDER/backups before it is changed. */
export async function openEmbedded(folder: string): Promise<Database> {
  makeFolder(folder, 0o700)
  const unlock = lockFolder(folder)
  try {
    let kysely = await start(folder)
    const state = await schemaState(kysely)
    if (state === 'newer') {
      await kysely.destroy()
      throw newer(folder)
    }
    if (state === 'older') {
      await kysely.destroy()
      backUp(folder)
      kysely = await start(folder)
    }
    await migrate(kysely, folder)
    // Whoever claimed an ingestion is dead: we own the folder.
    await sql`update ingestion set claimed_until = null where claimed_until is not null`.execute(kysely)
    const open = kysely
    return {
      kysely: open,
      kind: 'pglite',
      place: folder,
      readers: new Readers(),
      close: async () => {
        await open.destroy()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw diskError(folder, error)
  }
}

/** The generation of PostgreSQL inside PGlite: it reads no other's files. */
const GENERATION = '18'
/** A new database takes some 45 MB before the first record. */
const LEAST_FREE = 128 * 2 ** 20

async function start(folder: string): Promise<Kysely<Tables>> {
  const dataDir = join(folder, 'pgdata')
  // While this file stands, what is in pgdata was interrupted in the making and holds nothing yet.
  const making = join(folder, 'pgdata.making')
  if (existsSync(making)) rmSync(dataDir, { recursive: true, force: true })
  checkGeneration(folder)
  const isNew = !existsSync(dataDir)
  if (isNew) {
    checkSpace(folder)
    writeFileSync(making, '')
  }
  const pglite = await PGlite.create({
    dataDir,
    parsers: { [types.BYTEA]: parseBytea },
    startParams: [...PGlite.defaultStartParams, ...SETTINGS],
  })
  rmSync(making, { force: true })
  return new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
}

/** The log of changes may grow to so much before it is folded into the tables; by default it takes 1 GB. */
const SETTINGS = ['-c', 'max_wal_size=192MB', '-c', 'min_wal_size=48MB']

function checkSpace(folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize >= LEAST_FREE) return
  throw diskError(folder, Object.assign(new Error('too little space'), { code: 'ENOSPC' }))
}

function checkGeneration(folder: string): void {
  const file = join(folder, 'pgdata', 'PG_VERSION')
  if (!existsSync(file)) return
  const found = readFileSync(file, 'utf8').trim()
  if (found === GENERATION) return
  throw new UserError(
    `${folder}: the database is of PostgreSQL ${found}, this firn's embedded one is ${GENERATION}`,
    'use the firn that made it, or a new folder: everything in it can be imported again except decisions',
    EXIT.store,
  )
}

/** A copy of the closed database, whole or not at all. */
function backUp(folder: string): void {
  const name = new Date().toISOString().replaceAll(/[:.]/g, '-')
  const backup = join(folder, 'backups', name)
  const temporary = `${backup}.tmp`
  makeFolder(join(folder, 'backups'), 0o700)
  try {
    cpSync(join(folder, 'pgdata'), temporary, { recursive: true })
    renameSync(temporary, backup)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw diskError(backup, error)
  }
}

/** PGlite's own reader of `\x…` takes a function call a byte. */
function parseBytea(text: string): Uint8Array {
  return Buffer.from(text.slice(2), 'hex')
}
