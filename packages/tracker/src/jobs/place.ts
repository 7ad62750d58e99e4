import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { UserError } from '@firn/core'
import type { DatabasePlace } from '../db/database.ts'

/** Where a tracker keeps what it has. */
export interface TrackerPlace {
  /** Its folder: spool, socket, and the embedded database. */
  readonly folder: string
  readonly database: DatabasePlace
}

/**
 * FIRN_DATA_DIR, else `firn` in the user's data folder (XDG_DATA_HOME, ~/.local/share); the database in it unless
 * DATABASE_URL names a PostgreSQL server.
 */
export function placeOf(env: Readonly<Record<string, string | undefined>>): TrackerPlace {
  const folder = folderOf(env)
  const url = env.DATABASE_URL
  if (url === undefined || url === '') return { folder, database: { folder } }
  if (/^postgres(ql)?:\/\//.test(url)) return { folder, database: { url } }
  // The value may hold a password: it is not repeated.
  throw new UserError('DATABASE_URL is no address of a PostgreSQL server', 'write postgresql://user@host/name')
}

function folderOf(env: Readonly<Record<string, string | undefined>>): string {
  if (env.FIRN_DATA_DIR) return checked('FIRN_DATA_DIR', env.FIRN_DATA_DIR)
  if (env.XDG_DATA_HOME) return join(checked('XDG_DATA_HOME', env.XDG_DATA_HOME), 'firn')
  return join(env.HOME || homedir(), '.local/share/firn')
}

function checked(variable: string, path: string): string {
  if (isAbsolute(path)) return path
  throw new UserError(`${variable}=${path}: not an absolute path`, 'begin it with /')
}

export function socketOf({ folder }: TrackerPlace): string {
  return join(folder, 'control.sock')
}

/** Files on their way in. */
export function spoolOf({ folder }: TrackerPlace): string {
  return join(folder, 'spool')
}
