import { join } from 'node:path'
import { UserError } from '@firn/core'
import { makeFolder } from '@firn/core/fs'

type Env = Readonly<Record<string, string | undefined>>

/** The folder of what firn can make again: FIRN_CACHE_DIR, else `firn` in the user's cache folder. */
function cacheFolder(env: Env): string {
  if (env.FIRN_CACHE_DIR) return env.FIRN_CACHE_DIR
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'firn')
  if (env.HOME) return join(env.HOME, '.cache/firn')
  throw new UserError('no folder for the advisories: HOME is not set', 'set FIRN_CACHE_DIR to a folder of your own')
}

/** Where the advisory index is. */
export function indexPath(env: Env): string {
  return join(cacheFolder(env), 'advisories.index')
}

/** Make the cache folder, for this user alone: who can write there could hide findings. */
export function makeCacheFolder(env: Env): string {
  const folder = cacheFolder(env)
  makeFolder(folder, 0o700)
  return folder
}
