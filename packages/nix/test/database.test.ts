import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { EXIT, UserError } from '@firn/core'
import { openStoreDatabase } from '../src/database.ts'
import { copyDatabase } from '../src/database-copy.ts'
import { makeDatabase, STORE_DIR, storePath, type TestDatabase } from './store-database.ts'

const app = storePath('a', 'app-1.0')
const library = storePath('b', 'library-2.0')
const late = storePath('c', 'late-3.0')
const derivation = storePath('d', 'library-2.0.drv')

const NAR_HASH = `sha256-${Buffer.alloc(32, 0xab).toString('base64')}`

let made: TestDatabase

beforeEach(() => {
  made = makeDatabase()
  made.add(library, [library], { deriver: derivation, ultimate: 1, sigs: 'k-1:AA== k-2:BB==', ca: '' })
  made.add(app, [library])
})
afterEach(() => {
  made.writer.close()
  rmSync(made.stateDir, { recursive: true, force: true })
})

function open(stateDir = made.stateDir) {
  return openStoreDatabase(stateDir, STORE_DIR, { lockTimeout: 10 })
}

function refused(act: () => unknown, message: RegExp): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof UserError, String(error))
    assert.match(error.message, message)
    assert.equal(error.exit, EXIT.store)
    return true
  })
}

describe('questions', () => {
  test('a closure has each path once, with its references sorted and itself among them', () => {
    const top = storePath('0', 'top')
    made.add(top, [library, app])
    const database = open()
    const closure = database.closure([top, app])
    assert.deepEqual(closure.map((info) => info.path).sort(), [top, app, library].sort())
    assert.deepEqual(closure.find((info) => info.path === top)?.references, [app, library])
    assert.deepEqual(
      closure.find((info) => info.path === library),
      {
        path: library,
        narHash: NAR_HASH,
        narSize: 100,
        references: [library],
        registrationTime: 1,
        deriver: derivation,
        ultimate: true,
        signatures: ['k-1:AA==', 'k-2:BB=='],
      },
    )
    refused(() => database.closure([app, late]), /c{32}-late-3\.0: not a valid path/)
    database.close()
  })

  test('circles end', () => {
    made.writer.exec('insert into Refs values (1, 2)')
    assert.equal(open().closure([app]).length, 2)
  })

  test('path infos, valid paths, derivers', () => {
    const other = storePath('f', 'other.drv')
    made.add(other)
    made.add(derivation)
    made.addOutput(other, library)
    made.addOutput(derivation, library)
    const database = open()
    assert.deepEqual(database.pathInfos([app, late]), [
      { path: app, narHash: NAR_HASH, narSize: 100, references: [library], registrationTime: 1 },
    ])
    assert.deepEqual([...database.validPaths([app, late, `${app}' or 1=1`])], [app])
    assert.deepEqual(database.derivers([app, library]), new Map([[library, [derivation, other].sort()]]))
    assert.deepEqual(database.allValidPaths(), [app, derivation, library, other].sort())
  })

  test('all answers are of the moment of opening', () => {
    const database = open()
    made.add(late)
    assert.deepEqual([...database.validPaths([app, late])], [app])
    assert.deepEqual([...open().validPaths([app, late])], [app, late])
  })
})

describe('a folder that cannot be written to, and rows that are only in the write-ahead log', () => {
  /** Read as a user who may not write there, with a folder for copies of its own. */
  function readUnprivileged(root: string): { paths?: string[]; error?: string; exit?: number } {
    const copies = mkdtempSync(join(tmpdir(), 'firn-test-copies-'))
    chmodSync(copies, 0o777)
    for (const folder of [made.stateDir, join(made.stateDir, 'db')]) chmodSync(folder, 0o555)
    try {
      const script = new URL('read-database.ts', import.meta.url).pathname
      const env = { ...process.env, TMPDIR: copies, NODE_COMPILE_CACHE: '' }
      const answer = execFileSync(process.execPath, [script, made.stateDir, root], { env, encoding: 'utf8' })
      assert.deepEqual(readdirSync(copies), [], 'no copy is left behind')
      return JSON.parse(answer)
    } finally {
      for (const folder of [made.stateDir, join(made.stateDir, 'db')]) chmodSync(folder, 0o755)
      rmSync(copies, { recursive: true })
    }
  }

  test('beside a writer that is at work', () => {
    made.add(late, [app])
    assert.deepEqual(readUnprivileged(late).paths?.sort(), [app, library, late].sort())
  })

  test('with a -shm file that may not be read', () => {
    made.add(late, [app])
    chmodSync(`${made.file}-shm`, 0o000)
    assert.deepEqual(readUnprivileged(late).paths?.sort(), [app, library, late].sort())
  })

  test('after the writer has died, without its -shm file', () => {
    made.add(late, [app])
    leaveBehind(['-wal'])
    assert.deepEqual(readUnprivileged(late).paths?.sort(), [app, library, late].sort())
  })

  test('without log and -shm file, as a disk image has it', () => {
    made.writer.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    leaveBehind([])
    assert.deepEqual(readUnprivileged(app).paths?.sort(), [app, library])
  })

  test('a transaction that was cut off is undone by its journal', () => {
    made.writer.exec(`PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN;
      delete from Refs; update ValidPaths set ca = hex(zeroblob(20000))`)
    leaveBehind(['-journal'])
    assert.deepEqual(readUnprivileged(app).paths?.sort(), [app, library], 'the reference is there again')
  })

  test('a log that may not be read is not passed over', () => {
    made.add(late, [app])
    leaveBehind(['-wal'])
    chmodSync(`${made.file}-wal`, 0o000)
    const { error, exit } = readUnprivileged(late)
    assert.match(error ?? '', /permission denied/)
    assert.equal(exit, EXIT.store)
  })

  /** What is on the disk of a machine that was switched off. */
  function leaveBehind(sides: readonly string[]): void {
    const other = mkdtempSync(join(tmpdir(), 'firn-test-database-'))
    cpSync(made.stateDir, other, { recursive: true })
    for (const side of ['-wal', '-shm', '-journal']) {
      if (!sides.includes(side)) rmSync(join(other, `db/db.sqlite${side}`), { force: true })
    }
    made.writer.close()
    rmSync(made.stateDir, { recursive: true })
    const file = join(other, 'db/db.sqlite')
    made = { ...made, stateDir: other, file, writer: new DatabaseSync(':memory:') }
  }

  test('a copy is made again until nothing moved, or not at all', async () => {
    const folder = copyDatabase(made.file)
    assert.deepEqual(readdirSync(folder).sort(), ['db.sqlite', 'db.sqlite-wal'])
    rmSync(folder, { recursive: true })
    const worker = new Worker(
      `const { DatabaseSync } = require('node:sqlite')
       const { parentPort, workerData } = require('node:worker_threads')
       const database = new DatabaseSync(workerData.file)
       const write = () => database.exec('update ValidPaths set narSize = narSize + 1')
       write()
       setInterval(write, 5)
       parentPort.postMessage('busy')`,
      { eval: true, workerData: { file: made.file } },
    )
    try {
      await new Promise((resolve) => worker.once('message', resolve))
      refused(() => copyDatabase(made.file), /kept changing while it was copied/)
    } finally {
      await worker.terminate()
    }
  })
})

describe('what cannot be read is told', () => {
  test('missing, or no file', () => {
    refused(() => open(join(made.stateDir, 'none')), /db\.sqlite: no such file/)
    rmSync(made.file)
    execFileSync('mkfifo', [made.file])
    refused(() => open(), /db\.sqlite: no such file/)
  })

  test('a schema that is newer, older or none', () => {
    for (const [schema, found] of [
      ['11', /schema "11", firn knows 10/],
      ['7\n', /schema "7"/],
      ['many', /schema "many"/],
    ] as const) {
      writeFileSync(join(made.stateDir, 'db/schema'), schema)
      refused(() => open(), found)
    }
    rmSync(join(made.stateDir, 'db/schema'))
    assert.equal(open().allValidPaths().length, 2, 'the database alone speaks for itself')
  })

  test('locked', () => {
    made.writer.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; update ValidPaths set narSize = 1')
    refused(() => open(), /db\.sqlite: the database is locked/)
  })

  test('damaged', () => {
    made.writer.exec('PRAGMA journal_mode = DELETE')
    const whole = readFileSync(made.file)
    truncateSync(made.file, 5000)
    refused(() => open().closure([app]), /cannot be read/)
    writeFileSync(made.file, 'not a database, but longer than its header of one hundred bytes'.repeat(100))
    refused(() => open(), /cannot be read: file is not a database/)
    for (let at = 100; at < whole.length; at += 97) {
      const bytes = Buffer.from(whole)
      bytes[at] = bytes[at]! ^ 0xff
      writeFileSync(made.file, bytes)
      try {
        open().closure([app])
      } catch (error) {
        assert.ok(error instanceof UserError && error.exit === EXIT.store, `byte ${at}: ${error}`)
      }
    }
  })

  test('tables that are not what they seem', () => {
    made.writer.exec(`alter table Refs rename to Other; create view Refs(referrer, reference) as
      with recursive endless(n) as (select 1 union all select n + 1 from endless) select n, n from endless`)
    refused(() => open(), /no database of Nix: it has no table Refs/)
  })

  test('columns that hold something else', () => {
    const cases: [sql: string, message: RegExp][] = [
      ["update ValidPaths set hash = 'sha256:zz'", /"sha256:zz" is no hash/],
      ["update ValidPaths set hash = x'00'", /hash is no text/],
      ['update ValidPaths set narSize = -1', /narSize is no whole number/],
      ['update ValidPaths set registrationTime = 9223372036854775807', /cannot be read/],
      ["update ValidPaths set deriver = '/nix/store/../../etc/shadow.drv'", /is no path of \/nix\/store/],
      ["update ValidPaths set path = '/elsewhere/' || path where id = 1", /is no path of \/nix\/store/],
      ['PRAGMA foreign_keys = OFF; insert into Refs values (2, 99)', /path is no text/],
    ]
    for (const [sql, message] of cases) {
      made.writer.exec(`BEGIN; ${sql.startsWith('PRAGMA') ? '' : sql}; COMMIT; ${sql.startsWith('PRAGMA') ? sql : ''}`)
      refused(() => open().closure([app]), message)
      made.writer.exec(`update ValidPaths set hash = 'sha256:${'ab'.repeat(32)}', narSize = 1, registrationTime = 1,
        deriver = null, path = replace(path, '/elsewhere/', '')`)
    }
  })
})
