import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { chownSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { type Database, openDatabase } from '../src/db/database.ts'

/** The same test on an empty PGlite database (`testEmbedded`) and on an empty database of a real PostgreSQL server. */
export function testBoth(name: string, act: (db: Database, t: TestContext) => Promise<void>): void {
  testEmbedded(`${name} (PGlite)`, act)
  test(`${name} (PostgreSQL)`, needs('postgres'), async (t) => {
    const db = await openDatabase({ url: await emptyServerDatabase() })
    try {
      await act(db, t)
    } finally {
      await db.close()
    }
  })
}

/**
 * A test on an empty PGlite database. It is opened once a file and emptied for each test, since to open it costs more
 * than most tests do; who closes, reopens or changes its schema takes `emptyFolder`.
 */
export function testEmbedded(name: string, act: (db: Database, t: TestContext) => Promise<void>): void {
  test(name, async (t) => {
    await act(await emptyEmbedded(), t)
  })
}

const root = new URL('../../..', import.meta.url).pathname

interface Embedded {
  readonly folder: string
  readonly db: Database
}

let embedded: Promise<Embedded> | undefined

after(async () => {
  if (embedded === undefined) return
  const { folder, db } = await embedded
  await db.close()
  rmSync(folder, { recursive: true, force: true })
})

async function emptyEmbedded(): Promise<Database> {
  embedded ??= openEmbedded()
  const { db } = await embedded
  const { rows: tables } = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = 'public' and tablename <> 'state' and tablename not like 'kysely%'`.execute(db.kysely)
  // Decisions refuse to go, but for a replica.
  await sql`set session_replication_role = replica`.execute(db.kysely)
  await sql`truncate ${sql.join(tables.map(({ name }) => sql.table(name)))} restart identity`.execute(db.kysely)
  await sql`set session_replication_role = default`.execute(db.kysely)
  await sql`update state set version = 0, matcher = '', churn = 0`.execute(db.kysely)
  // Another object on the same connection: what is remembered of a database is remembered by its object.
  return { ...db, kysely: db.kysely.withoutPlugins() }
}

async function openEmbedded(): Promise<Embedded> {
  const folder = await emptyFolder()
  return { folder, db: await openDatabase({ folder }) }
}

/** A folder with an empty, migrated PGlite database: a copy, since to make one takes seconds. */
export async function emptyFolder(): Promise<string> {
  const template = await keptTemplate(
    'firn-pglite',
    readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8'),
    async (folder) => (await openDatabase({ folder })).close(),
  )
  const folder = mkdtempSync(join(tmpdir(), 'firn-pglite-'))
  execFileSync('cp', ['-a', `${template}/.`, folder])
  return folder
}

/** What `make` puts into the folder given, kept for as long as the schema, what opens it, and `engine` are the same. */
async function keptTemplate(kind: string, engine: string, make: (folder: string) => Promise<void>): Promise<string> {
  const key = createHash('sha256').update(engine)
  for (const file of globSync('packages/tracker/src/db/**/*.ts', { cwd: root }).sort()) {
    key.update(readFileSync(join(root, file)))
  }
  const template = join(root, 'node_modules/.cache', kind, key.digest('hex').slice(0, 16))
  if (existsSync(template)) return template
  const made = `${template}.${randomUUID()}`
  mkdirSync(dirname(template), { recursive: true })
  await make(made)
  try {
    renameSync(made, template)
  } catch {
    // Another test file was faster; its template is as good.
    rmSync(made, { recursive: true, force: true })
  }
  return template
}

interface Server {
  readonly folder: string
  readonly process: ChildProcess
}

let server: Promise<Server> | undefined

after(async () => {
  if (server === undefined) return
  const { folder } = await server
  await stopServer(await server)
  rmSync(folder, { recursive: true, force: true })
})

/** The URL of a new, migrated database on a server of our own, which listens on a socket in a private folder. */
export function emptyServerDatabase(): Promise<string> {
  return newServerDatabase(TEMPLATE)
}

/** As `emptyServerDatabase`, without our tables. */
export function blankServerDatabase(): Promise<string> {
  return newServerDatabase('template1')
}

const TEMPLATE = 'firn_template'

async function newServerDatabase(template: string): Promise<string> {
  server ??= serverWithTemplate()
  const { folder } = await server
  return createOn(folder, `firn_${randomUUID().replaceAll('-', '')}`, template)
}

async function createOn(folder: string, name: string, template: string): Promise<string> {
  const client = new pg.Client({ connectionString: urlOf(folder, 'postgres') })
  await client.connect()
  await client.query(`create database ${name} template ${template}`)
  await client.end()
  return urlOf(folder, name)
}

function urlOf(folder: string, database: string): string {
  return `postgresql://firn@localhost/${database}?host=${encodeURIComponent(folder)}`
}

const NOBODY = 65_534
/** PostgreSQL refuses to run as root. */
const isRoot = process.getuid?.() === 0
const nobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
const bin = () => dirname(findProgram('postgres')!)

/** A server on a copy of files that were made once: to make them and to migrate a database takes seconds. */
async function serverWithTemplate(): Promise<Server> {
  const engine = `${execFileSync(join(bin(), 'postgres'), ['--version'])} ${process.getuid?.()}`
  const template = await keptTemplate('firn-postgres', engine, makeServerFiles)
  const folder = privateFolder()
  execFileSync('cp', ['-a', template, join(folder, 'data')])
  return startServer(folder)
}

async function makeServerFiles(into: string): Promise<void> {
  const folder = privateFolder()
  const words = ['-U', 'firn', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '-N']
  execFileSync(join(bin(), 'initdb'), ['-D', join(folder, 'data'), ...words], {
    ...nobody,
    stdio: 'ignore',
    cwd: folder,
  })
  const running = await startServer(folder)
  const db = await openDatabase({ url: await createOn(folder, TEMPLATE, 'template1') })
  await db.close()
  await stopServer(running)
  execFileSync('cp', ['-a', join(folder, 'data'), into])
  rmSync(folder, { recursive: true, force: true })
}

function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firn-postgres-'))
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  return folder
}

/** On the files in FOLDER/data. */
async function startServer(folder: string): Promise<Server> {
  const options = ['-D', join(folder, 'data'), '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off']
  const running = spawn(join(bin(), 'postgres'), options, { ...nobody, stdio: 'ignore', cwd: folder })
  for (let tries = 0; tries < 200; tries++) {
    const client = new pg.Client({ connectionString: urlOf(folder, 'postgres') })
    try {
      await client.connect()
      await client.end()
      return { folder, process: running }
    } catch {
      await wait(50)
    }
  }
  running.kill('SIGKILL')
  throw new Error('the PostgreSQL server of the tests did not start')
}

async function stopServer({ process: running }: Server): Promise<void> {
  const ended = new Promise((resolve) => running.once('exit', resolve))
  running.kill('SIGINT')
  await ended
}
