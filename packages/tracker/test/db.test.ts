import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { EXIT, UserError } from '@firn/core'
import { sql } from 'kysely'
import { needs } from '../../../scripts/needs.ts'
import { type Database, type DatabasePlace, openDatabase } from '../src/db/database.ts'
import { rows, write } from '../src/db/write.ts'
import { blankServerDatabase, emptyFolder, emptyServerDatabase, testBoth } from './databases.ts'

async function folderOf(t: TestContext): Promise<string> {
  const folder = await emptyFolder()
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const refusal = (message: RegExp) => (error: unknown) =>
  error instanceof UserError && error.exit === EXIT.store && message.test(error.message)

test('one process owns an embedded database; another is told whose it is', async (t) => {
  const folder = await folderOf(t)
  const db = await openDatabase({ folder })
  await assert.rejects(openDatabase({ folder }), refusal(new RegExp(`in use by process ${process.pid}`)))
  await db.close()
  await (await openDatabase({ folder })).close()
})

test('the lock of a process that was killed is gone, and what it committed is there', async (t) => {
  const folder = await folderOf(t)
  const script = `
    import { openDatabase } from ${JSON.stringify(new URL('../src/db/database.ts', import.meta.url).pathname)}
    import { sql } from 'kysely'
    const db = await openDatabase({ folder: ${JSON.stringify(folder)} })
    await sql\`insert into kev (cve, entry) values ('CVE-2024-0001', '{}')\`.execute(db.kysely)
    await sql\`insert into ingestion (kind, origin, digest, state, claimed_until, started)
      values ('cve', 'x', 'y', 'running', now() + interval '1 hour', now())\`.execute(db.kysely)
    console.log('committed')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  await assert.rejects(openDatabase({ folder }), refusal(new RegExp(`in use by process ${child.pid}`)))
  child.kill('SIGKILL')
  await once(child, 'exit')
  const db = await openDatabase({ folder })
  const { rows: found } = await sql<{ kev: number; claimed: number }>`select (select count(*)::int from kev) as kev,
    (select count(*)::int from ingestion where claimed_until is not null) as claimed`.execute(db.kysely)
  assert.deepEqual(found, [{ kev: 1, claimed: 0 }], 'nobody waits for the claims of the dead')
  await db.close()
})

test('an older database is copied before it is upgraded', async (t) => {
  const folder = await folderOf(t)
  const db = await openDatabase({ folder })
  // As before the first migration: its record and its tables are gone, a row of the user's is not.
  await sql`create table precious (text text)`.execute(db.kysely)
  await sql`insert into precious values ('kept')`.execute(db.kysely)
  await pretendOlder(db)
  await db.close()
  const upgraded = await openDatabase({ folder })
  const { rows: kept } = await sql<{ text: string }>`select text from precious`.execute(upgraded.kysely)
  assert.deepEqual(kept, [{ text: 'kept' }])
  assert.deepEqual((await sql`select * from state`.execute(upgraded.kysely)).rows.length, 1)
  await upgraded.close()
  const backups = readdirSync(join(folder, 'backups'))
  assert.deepEqual(
    backups.map((name) => /^\d{4}-.*Z$/.test(name)),
    [true],
  )
  assert.ok(existsSync(join(folder, 'backups', backups[0]!, 'PG_VERSION')))
  await (await openDatabase({ folder })).close()
  assert.equal(readdirSync(join(folder, 'backups')).length, 1, 'a current one is not copied')
})

async function pretendOlder(db: Database): Promise<void> {
  const { rows: all } = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely%' and tablename <> 'precious'`.execute(db.kysely)
  await sql.raw(`drop table ${all.map(({ name }) => name).join(', ')} cascade`).execute(db.kysely)
  await sql`drop function refuse_change, cve_page`.execute(db.kysely)
  await sql`delete from kysely_migration`.execute(db.kysely)
}

test('a database of a newer firn is refused and left as it is (PGlite)', async (t) => {
  const folder = await folderOf(t)
  await refuseNewer({ folder })
  assert.equal(existsSync(join(folder, 'backups')), false)
})

test('a database of a newer firn is refused (PostgreSQL)', needs('postgres'), async () => {
  await refuseNewer({ url: await emptyServerDatabase() })
})

async function refuseNewer(place: DatabasePlace): Promise<void> {
  const db = await openDatabase(place)
  await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '')`.execute(db.kysely)
  await db.close()
  await assert.rejects(openDatabase(place), refusal(/made by a newer firn/))
}

test('what was interrupted in the making is made anew; files of another PostgreSQL are left alone', async (t) => {
  const folder = await folderOf(t)
  writeFileSync(join(folder, 'pgdata', 'PG_VERSION'), '16\n')
  await assert.rejects(openDatabase({ folder }), refusal(/of PostgreSQL 16/))
  writeFileSync(join(folder, 'pgdata.making'), '')
  const db = await openDatabase({ folder })
  assert.equal((await sql`select * from state`.execute(db.kysely)).rows.length, 1)
  await db.close()
  assert.equal(existsSync(join(folder, 'pgdata.making')), false)
})

test('a folder that cannot be one is named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-db-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'file'), '')
  await assert.rejects(openDatabase({ folder: join(folder, 'file') }), /file: a file stands where a folder is needed/)
  mkdirSync(join(folder, 'lock.sqlite'))
  await assert.rejects(
    openDatabase({ folder }),
    (error) => error instanceof UserError && error.message.includes(folder),
  )
})

test('a server that is not there, is none, or refuses is named without its password', async (t) => {
  await assert.rejects(openDatabase({ url: 'not a url' }), refusal(/DATABASE_URL: this is no URL/))
  const url = 'postgresql://me:secret@127.0.0.1:1/firn'
  await assert.rejects(openDatabase({ url }), (error) => {
    assert.ok(error instanceof UserError)
    assert.match(error.message, /^postgresql:\/\/me@127\.0\.0\.1:1\/firn: /)
    return !`${error.message}${error.hint}`.includes('secret')
  })
  const server = createServer((socket) => socket.end('HTTP/1.1 400\r\n\r\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  await assert.rejects(openDatabase({ url: `postgresql://me@127.0.0.1:${port}/firn` }))
})

test('servers that start together migrate once', needs('postgres'), async () => {
  const url = await blankServerDatabase()
  const all = await Promise.all(Array.from({ length: 4 }, () => openDatabase({ url })))
  const { rows: state } = await sql`select * from state`.execute(all[0]!.kysely)
  assert.equal(state.length, 1)
  await Promise.all(all.map((db) => db.close()))
})

testBoth('a write is whole or nothing, and moves the version that readers remember by', async (db) => {
  const version = async () =>
    (await sql<{ version: number }>`select version from state`.execute(db.kysely)).rows[0]!.version
  const before = await version()
  await write(db, async (tx) => {
    await sql`insert into kev (cve, entry) values ('CVE-2024-0001', '{}')`.execute(tx)
  })
  assert.equal(await version(), before + 1)
  const failed = write(db, async (tx) => {
    await sql`insert into kev (cve, entry) values ('CVE-2024-0002', '{}')`.execute(tx)
    throw new Error('ours')
  })
  await assert.rejects(failed, /ours/)
  assert.equal(await version(), before + 1)
  assert.equal((await sql`select * from kev`.execute(db.kysely)).rows.length, 1)
})

testBoth('rows travel as they are, but for what PostgreSQL refuses', async (db) => {
  const texts = ['', 'a', '"\\', '\\u0000', 'é 漢 😀', 'tab\tline\n', `\u0000half \ud83d`, '{1,2}']
  const { rows: back } = await sql<{ n: number; text: string }>`select n, text
    from ${rows(texts.map((text, n) => ({ n, text })))} as t(n integer, text text) order by n`.execute(db.kysely)
  assert.deepEqual(
    back.map(({ text }) => text),
    texts.map((text) => text.replaceAll('\0', '').toWellFormed()),
  )
})
