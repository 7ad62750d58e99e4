import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'

/** Where a store is: what its paths are called, and where its files really are (another place for a chroot store). */
export interface StorePlace {
  /** The folder that store paths name: `/nix/store`. */
  readonly storeDir: string
  readonly realStoreDir: string
  readonly stateDir: string
  /** The chroot store's root, '' for the system's own store. */
  readonly root: string
}

const MAX_LINKS = 64

/**
 * The store path that a word stands for: a store path or something in one, or a link to it such as `result`. Links are
 * followed step by step, because those of a chroot store point to paths that are not there outside of it.
 */
export function resolveStorePath(word: string, place: StorePlace): string {
  // No name in a store has this letter: it is how Nix names outputs (`x.drv^out`), which need not be built.
  if (word.includes('^')) {
    throw new UserError(`${word}: outputs are not chosen here`, `give the path of the output: nix path-info '${word}'`)
  }
  const found = follow(resolve(word), place)
  if (found !== undefined) return found
  if (!existsSync(resolve(word)) && lstat(resolve(word)) === undefined) {
    throw new UserError(`${word}: no such file`, 'give a store path, or a link to one, such as result')
  }
  throw new UserError(
    `${word}: neither a path in ${place.storeDir} nor a link to one`,
    `give a store path, or a link to one such as result`,
  )
}

/** The running system, or the system profile of a chroot store. */
export function systemRoot(place: StorePlace): string {
  const candidates = [`${place.root}/run/current-system`, `${place.stateDir}/profiles/system`]
  for (const candidate of candidates) {
    const found = follow(candidate, place)
    if (found !== undefined) return found
  }
  throw new UserError(
    `no NixOS system: neither ${candidates.join(' nor ')} leads to a store path`,
    'run this on NixOS, give --store ROOT of a NixOS disk, or name a path',
    EXIT.store,
  )
}

/** The elements of a profile of `nix profile` (manifest.json, versions 1 to 3), or the one path of `nix-env`'s. */
export function profileRoots(profile: string, place: StorePlace): string[] {
  const path = resolveStorePath(profile, place)
  const manifest = join(realPath(path, place), 'manifest.json')
  if (!existsSync(manifest)) return [path]
  return parseProfileManifest(readFileSync(manifest, 'utf8'), manifest)
}

/** Store paths of the active elements. `source` names the file in an error. */
export function parseProfileManifest(text: string, source: string): string[] {
  const damaged = () => new UserError(`${source}: this is no profile manifest`, 'name a path instead')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw damaged()
  }
  const manifest = json as { version?: unknown; elements?: unknown } | null
  if (typeof manifest !== 'object' || manifest === null || ![1, 2, 3].includes(manifest.version as number)) {
    throw damaged()
  }
  const elements = Array.isArray(manifest.elements) ? manifest.elements : Object.values(manifest.elements ?? {})
  const paths = elements.flatMap((element: { active?: unknown; storePaths?: unknown } | null) => {
    if (typeof element !== 'object' || element === null || !Array.isArray(element.storePaths)) throw damaged()
    return element.active === false ? [] : element.storePaths
  })
  if (!paths.every((path) => typeof path === 'string')) throw damaged()
  return [...new Set(paths as string[])].sort()
}

/** All store paths that the garbage collector's links keep: roots, indirect roots, profiles of all users. */
export function gcRoots(place: StorePlace): string[] {
  const found = new Set<string>()
  const folders = [`${place.stateDir}/gcroots`, `${place.stateDir}/profiles`]
  if (!folders.some((folder) => existsSync(folder))) {
    throw new UserError(
      `${folders[0]}: no such folder`,
      'check --store or NIX_STATE_DIR: that is where the store has its roots',
      EXIT.store,
    )
  }
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readable(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isSymbolicLink()) {
        // The target may be gone since: then it keeps nothing.
        const target = follow(path, place)
        if (target !== undefined && lstat(realPath(target, place)) !== undefined) found.add(target)
      }
    }
  }
  return [...found].sort()
}

/** Where a store path's files really are. */
export function realPath(path: string, place: StorePlace): string {
  return `${place.realStoreDir}${path.slice(place.storeDir.length)}`
}

function readable(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Walk a path from its first part, replacing links, until it is in the store. */
function follow(start: string, place: StorePlace): string | undefined {
  let rest = start.split('/').filter((part) => part !== '')
  let at = ''
  for (let links = 0; ; ) {
    const inside = storePathOf(rest.length === 0 ? at : `${at}/${rest.join('/')}`, place)
    if (inside !== undefined) return inside
    const part = rest.shift()
    if (part === undefined) return undefined
    if (part === '..') {
      at = dirname(at) === '/' ? '' : dirname(at)
      continue
    }
    at = part === '.' ? at : `${at}/${part}`
    if (lstat(at)?.isSymbolicLink() !== true) continue
    if (++links > MAX_LINKS) return undefined
    const target = readlinkSync(at)
    const parts = target.split('/').filter((piece) => piece !== '')
    const base = target.startsWith('/') ? rootOfLink(at, target, place) : dirname(at)
    rest = [...parts, ...rest]
    at = base === '/' ? '' : base
  }
}

/** Inside a chroot store an absolute link starts at that root, unless it was made from outside of it. */
function rootOfLink(link: string, target: string, place: StorePlace): string {
  if (storePathOf(target, place) !== undefined || isUnder(`${target}/`, place.root)) return ''
  return isUnder(link, place.root) ? place.root : ''
}

/** `/nix/store/HASH-name/bin/x` to `/nix/store/HASH-name`, also from where the files really are. */
function storePathOf(path: string, place: StorePlace): string | undefined {
  for (const folder of [place.storeDir, place.realStoreDir]) {
    if (!path.startsWith(`${folder}/`)) continue
    const name = path.slice(folder.length + 1).split('/')[0]!
    if (/^[0-9abcdfghijklmnpqrsvwxyz]{32}-./.test(name)) return `${place.storeDir}/${name}`
  }
  return undefined
}

function isUnder(path: string, folder: string): boolean {
  return folder !== '' && path.startsWith(`${folder}/`)
}

function lstat(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw diskError(path, error)
  }
}
