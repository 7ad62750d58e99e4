import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'

/** A database and what SQLite keeps beside it: the write-ahead log, or the journal of an unfinished transaction. */
const SIDES = ['', '-wal', '-journal'] as const
const ATTEMPTS = 10
/**
 * Two writes within one tick of the file system's clock (10 ms at most) leave the same modification time, so a file
 * that has just changed is not yet trusted to be at rest.
 */
const SETTLED_MS = 50
const WAL_HEADER = 32

/**
 * Copy a database that cannot be read where it is, because this user can neither make nor use the `-shm` file beside
 * it, into a new folder of this user's own (mode 0700), as `db.sqlite`; give the folder. Rows that are only in the
 * write-ahead log come along. When a writer moved one of the files meanwhile, the copy is thrown away and made again.
 */
export function copyDatabase(file: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'firn-database-'))
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = statesOf(file)
      requireSpace(file, before, folder)
      for (const { side } of before) copyPrivately(`${file}${side}`, join(folder, `db.sqlite${side}`))
      if (isAtRest(before, statesOf(file))) return folder
      for (const side of SIDES) rmSync(join(folder, `db.sqlite${side}`), { force: true })
      pause(SETTLED_MS)
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw unreadable(file, error)
  }
  rmSync(folder, { recursive: true, force: true })
  throw new UserError(
    `${file}: it kept changing while it was copied`,
    'try again when Nix is done, run as root, or ask the daemon (--backend daemon)',
    EXIT.store,
  )
}

/** What the system says of a file of a store, as a UserError with exit 4. */
export function unreadable(file: string, error: unknown): unknown {
  const told = diskError(file, error)
  return told instanceof UserError ? new UserError(told.message, told.hint, EXIT.store, { cause: error }) : told
}

interface FileState {
  readonly side: string
  readonly stat: BigIntStats
  /** The log's first bytes hold its salts, which change each time it starts over. */
  readonly header: string
}

/** The files that are there. */
function statesOf(file: string): FileState[] {
  return SIDES.flatMap((side) => {
    const stat = statSync(`${file}${side}`, { bigint: true, throwIfNoEntry: false })
    if (stat === undefined) return []
    if (!stat.isFile()) throw new UserError(`${file}${side}: this is no file`, 'check --store', EXIT.store)
    return { side, stat, header: headerOf(`${file}${side}`) }
  })
}

/** No file came, went or changed between the two looks, nor so shortly before that a change could be hidden. */
function isAtRest(before: readonly FileState[], after: readonly FileState[]): boolean {
  const now = Date.now()
  return (
    before.length === after.length &&
    before.every((old, i) => {
      const { side, stat, header } = after[i]!
      const same =
        side === old.side &&
        stat.ino === old.stat.ino &&
        stat.size === old.stat.size &&
        stat.mtimeNs === old.stat.mtimeNs &&
        header === old.header
      return same && Math.abs(now - Number(stat.mtimeNs / 1_000_000n)) > SETTLED_MS
    })
  )
}

function headerOf(file: string): string {
  const bytes = Buffer.alloc(WAL_HEADER)
  const opened = openSync(file, 'r')
  try {
    return bytes.toString('hex', 0, readSync(opened, bytes, 0, WAL_HEADER, 0))
  } finally {
    closeSync(opened)
  }
}

function copyPrivately(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE)
  chmodSync(to, 0o600)
}

/** A sparse file in somebody's disk image must not fill this machine's disk. */
function requireSpace(file: string, states: readonly FileState[], folder: string): void {
  const wanted = states.reduce((sum, { stat }) => sum + stat.size, 0n)
  const { bavail, bsize } = statfsSync(folder, { bigint: true })
  if (wanted < bavail * bsize) return
  throw new UserError(
    `${file}: ${wanted} bytes do not fit into ${tmpdir()}, where it must be copied to be read`,
    'set TMPDIR to a folder with more space, or run as a user who may write beside the database',
    EXIT.store,
  )
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
