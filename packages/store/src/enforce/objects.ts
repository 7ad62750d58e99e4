import { existsSync, linkSync, lstatSync, readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EXIT, UserError } from '@firn/core'
import { diskError, makeFolder } from '@firn/core/fs'
import { objectPath } from '@firn/image'
import { type BytePath, bytePath, bytes, textOfBytePath } from '@firn/nix'
import type { Measured } from '../check/measure.ts'

/**
 * Give a file of the store a second name among the objects, by its digest: no bytes are copied. What lies there already
 * must have the digest too. Whether a name was made.
 */
export function linkObject(place: BytePath, digest: string, objects: string, measure: Measured): boolean {
  const object = join(objects, objectPath(Buffer.from(digest, 'hex')))
  makeFolder(dirname(object), 0o755)
  try {
    linkSync(bytes(place), object)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EXDEV') {
      throw new UserError(
        `${objects}: not on the file system of the store, or behind another mount`,
        "run it so: unshare --mount sh -c 'umount -l /nix/store; firn store enforce prepare …'",
        EXIT.store,
        { cause: error },
      )
    }
    if (code !== 'EEXIST') throw diskError(textOfBytePath(place), error)
  }
  if (measure(bytePath(object)) === digest) {
    if (lstatSync(object).ino !== lstatSync(bytes(place)).ino) linkAnew(place, object)
    return false
  }
  throw new UserError(
    `${object}: the object is not what its name says`,
    'remove it, and run the command again; find out who put it there',
    EXIT.store,
  )
}

/**
 * Nix replaces files by links to equal ones when it optimises a store. The object is then another copy of the same
 * contents, which nobody needs: put the store's own file in its place, in one step.
 */
function linkAnew(place: BytePath, object: string): void {
  const next = `${object}.next`
  rmSync(next, { force: true })
  linkSync(bytes(place), next)
  renameSync(next, object)
}

/**
 * Remove objects that no path of the store has any more. How many they were. In an optimised store Nix keeps a further name of
 * each file in `.links`, and takes it away only when it is the last: so that one does not count.
 */
export function pruneObjects(objects: string, realStoreDir: string): number {
  let removed = 0
  if (!existsSync(objects)) return removed
  const shared = inodesWithTwoNames(join(realStoreDir, '.links'))
  for (const folder of readdirSync(objects)) {
    for (const name of readdirSync(join(objects, folder))) {
      const object = join(objects, folder, name)
      const { nlink, ino } = lstatSync(object)
      if (nlink > 2 || (nlink === 2 && !shared.has(ino))) continue
      unlinkSync(object)
      removed++
    }
  }
  return removed
}

function inodesWithTwoNames(links: string): ReadonlySet<number> {
  if (!existsSync(links)) return new Set()
  // Nix may collect some of them meanwhile.
  const files = readdirSync(links).flatMap((name) => lstatSync(join(links, name), { throwIfNoEntry: false }) ?? [])
  return new Set(files.filter(({ nlink }) => nlink === 2).map(({ ino }) => ino))
}
