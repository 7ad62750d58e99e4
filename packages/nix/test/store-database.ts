import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export const STORE_DIR = '/nix/store'

/** A store path whose hash part is made from one letter. */
export function storePath(letter: string, name: string): string {
  return `${STORE_DIR}/${letter.repeat(32)}-${name}`
}

/** Nix's own tables (schema 10), as far as they are read. */
const TABLES = `
  PRAGMA journal_mode = WAL;
  create table ValidPaths (id integer primary key autoincrement not null, path text unique not null, hash text not null,
    registrationTime integer not null, deriver text, narSize integer, ultimate integer, sigs text, ca text);
  create table Refs (referrer integer not null, reference integer not null, primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict);
  create table DerivationOutputs (drv integer not null, id text not null, path text not null, primary key (drv, id));`

export interface TestDatabase {
  readonly stateDir: string
  readonly file: string
  /** Still open, as a Nix that is at work: what it adds is in the write-ahead log only. */
  readonly writer: DatabaseSync
  readonly add: (path: string, references?: readonly string[], more?: Readonly<Record<string, string | number>>) => void
  readonly addOutput: (derivation: string, path: string) => void
}

export function makeDatabase(): TestDatabase {
  const stateDir = mkdtempSync(join(tmpdir(), 'firn-test-database-'))
  mkdirSync(join(stateDir, 'db'))
  writeFileSync(join(stateDir, 'db/schema'), '10')
  const file = join(stateDir, 'db/db.sqlite')
  const writer = new DatabaseSync(file)
  writer.exec(`${TABLES} PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0`)
  const id = 'select id from ValidPaths where path = ?'
  return {
    stateDir,
    file,
    writer,
    add: (path, references = [], more = {}) => {
      const row = { path, hash: `sha256:${'ab'.repeat(32)}`, registrationTime: 1, narSize: 100, ...more }
      const names = Object.keys(row)
      writer
        .prepare(`insert into ValidPaths (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`)
        .run(...Object.values(row))
      for (const reference of references)
        writer.prepare(`insert into Refs values ((${id}), (${id}))`).run(path, reference)
    },
    addOutput: (derivation, path) => {
      writer.prepare(`insert into DerivationOutputs values ((${id}), 'out', ?)`).run(derivation, path)
    },
  }
}
