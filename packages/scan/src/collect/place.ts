import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '@firn/core'
import type { StorePlace } from './roots.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Where the store is. `store` is what Nix's `--store` takes, as far as files can be read: a folder (a chroot store),
 * `local?root=FOLDER`, `file://FOLDER` (a binary cache), `daemon` or `auto` for the system's own. NIX_STORE_DIR and
 * NIX_STATE_DIR name the folders of that one.
 */
export function storePlace(env: Env, store?: string): StorePlace {
  const storeDir = trimmed(env.NIX_STORE_DIR ?? env.NIX_STORE ?? '/nix/store')
  const stateDir = trimmed(env.NIX_STATE_DIR ?? '/nix/var/nix')
  const folder =
    store === undefined || store === 'auto' || store === 'daemon' || store === 'local' ? '' : folderOf(store)
  if (folder === '') return { storeDir, realStoreDir: storeDir, stateDir, root: '' }
  if (!existsSync(folder)) {
    throw new UserError(`--store ${store}: no such folder`, 'give the folder that holds nix/store and nix/var/nix')
  }
  return { storeDir, realStoreDir: `${folder}/nix/store`, stateDir: `${folder}/nix/var/nix`, root: folder }
}

function folderOf(store: string): string {
  const local = /^local\?root=(.+)$/.exec(store)?.[1]
  if (local !== undefined) return resolve(decodeURIComponent(local))
  if (store.startsWith('file://')) return fileUrl(store)
  if (/^[a-z0-9+]+:\/\//.test(store)) {
    throw new UserError(
      `--store ${store}: only stores on this machine can be read`,
      'copy the closure here (nix copy), or scan there with --save and bring the snapshot',
    )
  }
  return trimmed(resolve(store))
}

function fileUrl(store: string): string {
  try {
    return trimmed(fileURLToPath(store))
  } catch {
    throw new UserError(`--store ${store}: this is no file URL of this machine`, 'write file:///path/of/the/cache')
  }
}

function trimmed(folder: string): string {
  return folder.length > 1 ? folder.replace(/\/+$/, '') : folder
}
