import { UserError } from '@firn/core'

/** A path right below the store: `/nix/store/HASH-NAME` (Nix manual, "Store path"). */
export interface StorePath {
  readonly storeDir: string
  /** 32 characters of Nix base32: 160 bits. */
  readonly hash: string
  readonly name: string
}

const NAME_LIMIT = 211
const BASE_NAME = /^([0-9abcdfghijklmnpqrsvwxyz]{32})-([0-9A-Za-z+\-._?=]{1,211})$/
const DOTS = /^\.{1,2}(-|$)/

/** Take a store path apart. Not below `storeDir`, or not of a store path's form: UserError. */
export function parseStorePath(path: string, storeDir?: string): StorePath {
  const slash = path.lastIndexOf('/')
  const folder = path.slice(0, Math.max(slash, 0))
  if (storeDir !== undefined && folder !== storeDir) throw notAStorePath(path, `it is not right below ${storeDir}`)
  if (!folder.startsWith('/')) throw notAStorePath(path, 'it is not absolute')
  const [, hash, name] = BASE_NAME.exec(path.slice(slash + 1)) ?? []
  if (hash === undefined || name === undefined || DOTS.test(name)) {
    throw notAStorePath(path, 'its last part is not HASH-NAME')
  }
  return { storeDir: folder, hash, name }
}

/** Whether a path has the form of a store path (of that store); says nothing of what exists. */
export function isStorePath(path: string, storeDir?: string): boolean {
  const slash = path.lastIndexOf('/')
  if (slash < 1 || !path.startsWith('/')) return false
  if (storeDir !== undefined && !(slash === storeDir.length && path.startsWith(storeDir))) return false
  return isBaseName(path.slice(slash + 1))
}

/** Some ten thousand are looked at for one closure. */
function isBaseName(text: string): boolean {
  return BASE_NAME.test(text) && !(text.charCodeAt(NAME_START) === DOT && DOTS.test(text.slice(NAME_START)))
}

/** Where the name begins in `HASH-NAME`. */
const NAME_START = 33
const DOT = 0x2e

export function printStorePath({ storeDir, hash, name }: StorePath): string {
  return `${storeDir}/${hash}-${name}`
}

/** The full path of a base name `HASH-NAME`, as .narinfo files and newer JSON have it; checked. */
export function storePathOfBaseName(baseName: string, storeDir: string): string {
  const path = `${storeDir}/${baseName}`
  parseStorePath(path, storeDir)
  return path
}

/** Whether a store object may be called so: at most 211 of `0-9A-Za-z+-._?=`, not `.` or `..` or these and a dash. */
export function isStorePathName(name: string): boolean {
  return name.length <= NAME_LIMIT && /^[0-9A-Za-z+\-._?=]+$/.test(name) && !DOTS.test(name)
}

function notAStorePath(path: string, why: string): UserError {
  return new UserError(
    `${JSON.stringify(path.slice(0, 300))} is not a store path: ${why}`,
    'it looks like /nix/store/HASH-NAME',
  )
}
