import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'

/**
 * Own a folder for the life of this process. PGlite takes no lock, and two processes in one database destroy it. Node
 * has no flock; SQLite's exclusive transaction holds one, which the kernel lets go of when the process dies, however
 * it dies. The pid is written beside it, for the message alone.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'lock.sqlite')
  const pidFile = join(folder, 'owner.pid')
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(file, { timeout: 0 })
    // Nothing is ever written: without a journal file a full disk cannot keep us from locking.
    lock.exec('pragma journal_mode = memory')
    lock.exec('begin exclusive')
    writeFileSync(pidFile, `${process.pid}\n`)
  } catch (error) {
    lock?.close()
    throw refused(folder, pidFile, error)
  }
  const held = lock
  return () => {
    if (held.isOpen) held.close()
  }
}

function refused(folder: string, pidFile: string, error: unknown): unknown {
  const { errcode } = error as { errcode?: number }
  if (errcode === SQLITE_BUSY || errcode === SQLITE_LOCKED) {
    const pid = readPid(pidFile)
    const who = pid === undefined ? 'another process' : `process ${pid}`
    return new UserError(
      `${folder}: the database is in use by ${who}`,
      pid === undefined ? 'stop it, or give another folder' : `stop it (kill ${pid}), or give another folder`,
      EXIT.store,
    )
  }
  if (errcode === SQLITE_CANTOPEN || errcode === SQLITE_READONLY) {
    return new UserError(
      `${folder}: cannot be written to`,
      'check its owner and mode, or give another folder',
      EXIT.store,
    )
  }
  if (errcode === SQLITE_FULL || errcode === SQLITE_IOERR) {
    return diskError(folder, Object.assign(new Error('disk full'), { code: 'ENOSPC' }))
  }
  return diskError(folder, error)
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}
