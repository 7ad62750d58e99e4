import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '@firn/core'
import type { StorePlace } from './store-roots.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Where the store is. `store` is what Nix's `--store` takes, as far as files can be read: a folder (a chroot store),
 * `local?root=FOLDER`, `file://FOLDER` (a binary cache), `daemon` or `auto` for the system's own; without it NIX_REMOTE
 * says so. NIX_STORE_DIR and NIX_STATE_DIR name the folders of the system's own.
 */
export function storePlace(env: Env, store?: string): StorePlace {
  const storeDir = trimmed(env.NIX_STORE_DIR ?? env.NIX_STORE ?? '/nix/store')
  const stateDir = trimmed(env.NIX_STATE_DIR ?? '/nix/var/nix')
  const said = store === undefined ? `NIX_REMOTE=${env.NIX_REMOTE}` : `--store ${store}`
  if (store?.startsWith('unix://')) throw new UserError(`${said}: a socket is no store`, `set NIX_REMOTE=${store}`)
  const folder = folderOf(store ?? env.NIX_REMOTE ?? '', said)
  if (folder === '') return { storeDir, realStoreDir: storeDir, stateDir, root: '' }
  if (!existsSync(folder)) {
    throw new UserError(`${said}: no such folder`, 'give the folder that holds nix/store and nix/var/nix')
  }
  return { storeDir, realStoreDir: `${folder}/nix/store`, stateDir: `${folder}/nix/var/nix`, root: folder }
}

/** Whether the store is another one than that of the state folder: the one that answers at a socket somebody named. */
export function isBehindSocket(place: StorePlace, env: Env): boolean {
  return place.root === '' && env.NIX_REMOTE?.startsWith('unix://') === true
}

/** The folder of a store that has one, '' for the system's own. */
function folderOf(store: string, said: string): string {
  if (['', 'auto', 'daemon', 'local'].includes(store) || store.startsWith('unix://')) return ''
  const local = /^local\?root=(.+)$/.exec(store)?.[1]
  if (local !== undefined) return fileUrl(`file://${resolve(local)}`, said)
  if (store.startsWith('file://')) return fileUrl(store, said)
  if (/^[a-z0-9+-]+:\/\//.test(store)) {
    throw new UserError(
      `${said}: only stores on this machine can be read`,
      'copy the closure here (nix copy), or run firn there (firn scan --save keeps what a scan needs)',
    )
  }
  return trimmed(resolve(store))
}

function fileUrl(store: string, said: string): string {
  try {
    return trimmed(fileURLToPath(store))
  } catch {
    throw new UserError(`${said}: this is no file URL of this machine`, 'write file:///path/of/the/cache')
  }
}

function trimmed(folder: string): string {
  return folder.length > 1 ? folder.replace(/\/+$/, '') : folder
}
