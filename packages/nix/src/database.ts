import type { SQLOutputValue } from 'node:sqlite'
import { EXIT, UserError } from '@firn/core'
import { damaged, databaseError, databaseFile, openDatabaseFile } from './database-file.ts'
import { formatHash, parseHash } from './hash.ts'
import { type PathInfo, sortedPaths } from './path-info.ts'
import { isStorePath } from './store-path.ts'

/** Nix's database, as it was when it was opened: what others write meanwhile is not seen. */
export interface StoreDatabase {
  /** The paths and all they refer to, in no order. A root that is not valid is a UserError. */
  readonly closure: (roots: readonly string[]) => PathInfo[]
  /** What is known of those of the paths that are valid. */
  readonly pathInfos: (paths: readonly string[]) => PathInfo[]
  /** Those of the paths that are valid. */
  readonly validPaths: (paths: readonly string[]) => Set<string>
  /** Sorted. */
  readonly allValidPaths: () => string[]
  /** For each path the valid derivations that make it, sorted; a path that none makes is left out. */
  readonly derivers: (paths: readonly string[]) => Map<string, string[]>
  readonly close: () => void
}

const LOCK_TIMEOUT_MS = 5000

/**
 * Open the database of a store for reading while others may write: `STATE_DIR/db/db.sqlite`, schema 10. `storeDir` is
 * what the paths in it begin with. Missing, locked, damaged, or of a newer Nix: a UserError with exit 4.
 */
export function openStoreDatabase(
  stateDir: string,
  storeDir: string,
  { lockTimeout = LOCK_TIMEOUT_MS }: { readonly lockTimeout?: number } = {},
): StoreDatabase {
  const file = databaseFile(stateDir)
  const database = openDatabaseFile(stateDir, lockTimeout)
  const read = new RowReader(file, storeDir)
  const all = (sql: string, paths: readonly string[] = []): readonly Row[] => {
    try {
      return database.prepare(sql).all(JSON.stringify(paths))
    } catch (error) {
      throw databaseError(file, error)
    }
  }
  return {
    closure: (roots) => {
      const infos = pathInfos(all(CLOSURE, roots), all(CLOSURE_REFERENCES, roots), read)
      const valid = new Set(infos.map((info) => info.path))
      for (const root of roots) if (!valid.has(root)) throw notValid(root, file)
      return infos
    },
    pathInfos: (paths) => pathInfos(all(PATHS, paths), all(PATH_REFERENCES, paths), read),
    validPaths: (paths) => new Set(all(VALID, paths).map((row) => read.storePath(row, 'path'))),
    allValidPaths: () => sortedPaths(all(ALL_VALID).map((row) => read.storePath(row, 'path'))),
    derivers: (paths) => {
      const found = new Map<string, string[]>()
      for (const row of all(DERIVERS, paths)) {
        const path = read.storePath(row, 'path')
        const derivers = found.get(path)
        if (derivers === undefined) found.set(path, [read.storePath(row, 'deriver')])
        else derivers.push(read.storePath(row, 'deriver'))
      }
      return found
    },
    close: () => database.close(),
  }
}

type Row = Readonly<Record<string, SQLOutputValue>>

// Each takes one value: a JSON list of paths.
const GIVEN = 'in (select value from json_each(?))'
const COLUMNS = 'ValidPaths.id, path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca'
const REACHED = `with recursive reached(id) as (
  select id from ValidPaths where path ${GIVEN}
  union select reference from Refs join reached on referrer = reached.id)`
const CLOSURE = `${REACHED} select ${COLUMNS} from reached join ValidPaths using (id)`
const CLOSURE_REFERENCES = `${REACHED} select referrer, reference from reached join Refs on referrer = reached.id`
const PATHS = `select ${COLUMNS} from ValidPaths where path ${GIVEN}`
const PATH_REFERENCES = `select referrer, reference, target.path as path
  from ValidPaths source join Refs on referrer = source.id join ValidPaths target on target.id = reference
  where source.path ${GIVEN}`
const VALID = `select path from ValidPaths where path ${GIVEN}`
const ALL_VALID = 'select path from ValidPaths where ? is not null'
const DERIVERS = `select DerivationOutputs.path as path, ValidPaths.path as deriver
  from DerivationOutputs join ValidPaths on ValidPaths.id = drv
  where DerivationOutputs.path ${GIVEN} order by deriver`

/** Rows of paths joined with rows of references; these name their target by `path`, or by its id among the rows. */
function pathInfos(rows: readonly Row[], edges: readonly Row[], read: RowReader): PathInfo[] {
  const paths = new Map(rows.map((row) => [row.id, read.storePath(row, 'path')]))
  const references = new Map<SQLOutputValue | undefined, string[]>()
  for (const edge of edges) {
    const target = paths.get(edge.reference) ?? read.storePath(edge, 'path')
    const list = references.get(edge.referrer)
    if (list === undefined) references.set(edge.referrer, [target])
    else list.push(target)
  }
  return rows.map((row) => pathInfo(row, paths.get(row.id)!, references.get(row.id) ?? [], read))
}

function pathInfo(row: Row, path: string, references: readonly string[], read: RowReader): PathInfo {
  return {
    path,
    narHash: read.hash(row, 'hash'),
    narSize: read.isGiven(row, 'narSize') ? read.count(row, 'narSize') : 0,
    references: sortedPaths(references),
    registrationTime: read.count(row, 'registrationTime'),
    ...(read.isGiven(row, 'deriver') ? { deriver: read.storePath(row, 'deriver') } : {}),
    ...(row.ultimate === 1 ? { ultimate: true } : {}),
    ...(read.isGiven(row, 'sigs') ? { signatures: read.text(row, 'sigs').split(' ') } : {}),
    ...(read.isGiven(row, 'ca') ? { ca: read.text(row, 'ca') } : {}),
  }
}

/** Checked reading of columns: SQLite lets any value be in any of them. */
class RowReader {
  readonly file: string
  readonly storeDir: string

  constructor(file: string, storeDir: string) {
    this.file = file
    this.storeDir = storeDir
  }

  /** Nix writes an absent text as NULL or as ''. */
  isGiven(row: Row, column: string): boolean {
    const value = row[column]
    return value !== undefined && value !== null && value !== ''
  }

  text(row: Row, column: string): string {
    const value = row[column]
    if (typeof value === 'string') return value
    throw damaged(this.file, `${column} is no text`)
  }

  count(row: Row, column: string): number {
    const value = row[column]
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw damaged(this.file, `${column} is no whole number`)
  }

  storePath(row: Row, column: string): string {
    const path = this.text(row, column)
    if (isStorePath(path, this.storeDir)) return path
    throw damaged(this.file, `${JSON.stringify(path.slice(0, 200))} is no path of ${this.storeDir}`)
  }

  hash(row: Row, column: string): string {
    const hash = this.text(row, column)
    try {
      return formatHash(parseHash(hash), 'sri')
    } catch (error) {
      throw damaged(this.file, `${JSON.stringify(hash.slice(0, 100))} is no hash`, error)
    }
  }
}

function notValid(path: string, file: string): UserError {
  return new UserError(
    `${path}: not a valid path of this store (${file})`,
    'build or fetch it first, or name the store it is in with --store',
    EXIT.store,
  )
}
