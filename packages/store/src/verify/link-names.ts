import { constants, lstatSync, readdirSync, statfsSync } from 'node:fs'
import { EXIT, UserError } from '@firn/core'
import { type BytePath, bytes, type DirectoryCalls, directoryCalls, NO_DIRECTORY } from '@firn/nix/tree'

/** A name in `.links`, and whose inode it has; 0: that cannot be told. */
export interface LinkName {
  readonly name: BytePath
  readonly inode: number
}

/** Names looked at between two pauses, where each has to be looked up. */
const SOME = 1000
/** What Nix makes first, and then renames. */
const UNFINISHED = '.tmp-'
/**
 * File systems (`man statfs`) where a directory's entry is what a name is looked up by, so that the inode it tells is the
 * one that opening it gives, whoever made the disk: ext4, XFS, tmpfs, F2FS. Not btrfs, which keeps the two apart, nor
 * overlayfs, whose entries may tell inodes of what lies below.
 */
const TELLING: ReadonlySet<number> = new Set([0xef53, 0x5846_5342, 0x0102_1994, 0xf2f5_2010])

/** The names in `.links`, some at a time, in no order; none when the store was never optimised. */
export function* linkNames(folder: BytePath): Generator<readonly LinkName[]> {
  try {
    if (!lstatSync(bytes(folder)).isDirectory()) throw notFolder(folder)
    const calls = directoryCalls()
    const isTelling = calls !== undefined && TELLING.has(statfsSync(bytes(folder)).type)
    const all = isTelling ? entriesOf(folder, calls) : lookedUp(folder)
    for (const some of all) yield some.filter(({ name }) => !name.startsWith(UNFINISHED))
  } catch (error) {
    if (error instanceof UserError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return
    throw new UserError(`${folder}: ${code ?? message}`, 'run as a user who may read the store', EXIT.store)
  }
}

/** What a link points to may be any folder. */
function notFolder(folder: BytePath): UserError {
  return new UserError(
    `${folder}: this is no folder`,
    'Nix has one there: see who put something in its place',
    EXIT.store,
  )
}

function* entriesOf(folder: BytePath, calls: DirectoryCalls): Generator<LinkName[]> {
  const file = calls.open(NO_DIRECTORY, folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    for (let some = calls.entries(file); some !== undefined; some = calls.entries(file)) {
      yield some.map(({ name, ino }) => ({ name, inode: ino }))
    }
  } finally {
    calls.close(file)
  }
}

function* lookedUp(folder: BytePath): Generator<LinkName[]> {
  const names = readdirSync(bytes(folder), { encoding: 'latin1' })
  for (let at = 0; at < names.length; at += SOME) {
    yield names.slice(at, at + SOME).map((name) => ({ name, inode: inodeOf(`${folder}/${name}`) }))
  }
}

/** 0: who reads it will tell what is wrong with it, or that it is gone. */
function inodeOf(place: BytePath): number {
  try {
    return lstatSync(bytes(place)).ino
  } catch {
    return 0
  }
}
