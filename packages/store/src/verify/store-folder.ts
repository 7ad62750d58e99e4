import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import type { StorePlace } from '@firn/nix/place'
import { type BytePath, bytes, textOfBytePath } from '@firn/nix/tree'
import type { Fault } from './finding.ts'
import { shellWord } from './shell-word.ts'
import type { Ownership } from './tree-facts.ts'

/** What Nix itself keeps in the store's folder beside store paths: links, locks, what is being built or thrown away. */
const OWN = /^\.links$|\.lock$|\.chroot$|\.check$|^\.?tmp-|^\.nix-|^\.old-|^\.trash|^trash$/

export function statStore({ realStoreDir }: StorePlace): Stats {
  try {
    const stat = lstatSync(realStoreDir)
    if (stat.isDirectory()) return stat
  } catch (error) {
    const told = diskError(realStoreDir, error)
    throw told instanceof UserError ? new UserError(told.message, HINT, EXIT.store, { cause: error }) : told
  }
  throw new UserError(`${realStoreDir}: this is no folder`, HINT, EXIT.store)
}

const HINT = 'check --store and NIX_STORE_DIR: they name the folder that holds store paths'

/** Who should own what is in the store: whoever owns the store, root or its single user. */
export function ownership({ uid }: Stats): Ownership {
  return { uid }
}

/** Whether everybody may put something into the store. */
export function judgeStoreFolder(place: StorePlace, stat: Stats): Fault | undefined {
  if ((stat.mode & 0o002) === 0) return undefined
  return {
    rule: 'store/mode',
    level: 'error',
    message: 'the folder of the store may be written to by everybody',
    evidence: [`${place.realStoreDir}: mode ${(stat.mode & 0o7777).toString(8)}`],
    repair: [`chmod o-w ${shellWord(place.realStoreDir)}`],
  }
}

/** Names in the store's folder that are neither valid paths nor Nix's own; what has a lock beside it is being built. */
export function unregisteredNames(place: StorePlace, folder: BytePath, valid: ReadonlySet<string>): string[] {
  const names = readdirSync(bytes(folder), { encoding: 'latin1' })
  const all = new Set(names)
  return names
    .filter((name) => !OWN.test(name) && !all.has(`${name}.lock`))
    .map(textOfBytePath)
    .filter((name) => !valid.has(`${place.storeDir}/${name}`))
    .sort()
}

export function unregisteredFault(file: string): Fault {
  return {
    rule: 'store/unregistered',
    level: 'warning',
    message: 'is in the store and not registered: left by a build that was cut off, or put there by hand',
    evidence: [file],
    repair: [`rm -rf -- ${shellWord(file)}`],
  }
}
