import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { type Database, openDatabase } from '../src/db/database.ts'

/**
 * The same test on an empty PGlite database and on an empty database of a real PostgreSQL server. Both are closed and
 * removed afterwards.
 */
export function testBoth(name: string, act: (db: Database, t: TestContext) => Promise<void>): void {
  test(`${name} (PGlite)`, async (t) => {
    const folder = await emptyFolder()
    const db = await openDatabase({ folder })
    try {
      await act(db, t)
    } finally {
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
  test(`${name} (PostgreSQL)`, needs('postgres'), async (t) => {
    const db = await openDatabase({ url: await emptyServerDatabase() })
    try {
      await act(db, t)
    } finally {
      await db.close()
    }
  })
}

/** A folder with an empty, migrated PGlite database: a copy, since to make one takes seconds. */
export async function emptyFolder(): Promise<string> {
  const template = await pgliteTemplate()
  const folder = mkdtempSync(join(tmpdir(), 'firn-pglite-'))
  cpSync(template, folder, { recursive: true })
  return folder
}

const root = new URL('../../..', import.meta.url).pathname

async function pgliteTemplate(): Promise<string> {
  const key = createHash('sha256')
  key.update(readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json')))
  key.update(readFileSync(join(root, 'packages/tracker/src/db/embedded.ts')))
  key.update(readFileSync(join(root, 'packages/tracker/src/db/migrations/index.ts')))
  key.update(readFileSync(join(root, 'packages/tracker/src/db/migrations/0001-first.ts')))
  const template = join(root, 'node_modules/.cache/firn-pglite', key.digest('hex').slice(0, 16))
  if (existsSync(template)) return template
  const made = `${template}.${randomUUID()}`
  mkdirSync(dirname(template), { recursive: true })
  const db = await openDatabase({ folder: made })
  await db.close()
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
  const { folder, process: running } = await server
  const ended = new Promise((resolve) => running.once('exit', resolve))
  running.kill('SIGINT')
  await ended
  rmSync(folder, { recursive: true, force: true })
})

/** The URL of a new database on a server of our own, which listens on a socket in a private folder. */
export async function emptyServerDatabase(): Promise<string> {
  server ??= startServer()
  const { folder } = await server
  const name = `firn_${randomUUID().replaceAll('-', '')}`
  const client = new pg.Client({ connectionString: urlOf(folder, 'postgres') })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return urlOf(folder, name)
}

function urlOf(folder: string, database: string): string {
  return `postgresql://firn@localhost/${database}?host=${encodeURIComponent(folder)}`
}

const NOBODY = 65_534

async function startServer(): Promise<Server> {
  const bin = dirname(findProgram('postgres')!)
  const folder = mkdtempSync(join(tmpdir(), 'firn-postgres-'))
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0
  const nobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  const data = join(folder, 'data')
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'firn', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '-N'],
    {
      ...nobody,
      stdio: 'ignore',
      cwd: folder,
    },
  )
  const options = ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off']
  const running = spawn(join(bin, 'postgres'), options, { ...nobody, stdio: 'ignore', cwd: folder })
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
