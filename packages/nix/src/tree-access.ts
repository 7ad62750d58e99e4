import { constants } from 'node:fs'
import type { BytePath } from './byte-path.ts'
import type { EntryKind, FileStat } from './syscalls.ts'
import { unreadable } from './tree-error.ts'

/** What a directory has, in byte order of the names. */
export interface TreeEntry {
  readonly name: BytePath
  readonly kind: EntryKind
}

/** A directory that is being read. */
export interface Folder {
  readonly place: BytePath
  readonly stat: FileStat
  /** Its descriptor, where it has one. */
  readonly file?: number
}

/** A device is not opened at all; what becomes a pipe between the look and the opening is not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * How a tree is reached on disk, for reading. Names are looked up in a folder that was entered, or, at the root, are whole
 * paths. Links are never followed. All that goes wrong is a TreeError.
 */
export abstract class TreeAccess<F extends Folder = Folder> {
  /** Reading leaves no trace in the access times, but only an owner may ask for that. */
  #noAtime = constants.O_NOATIME ?? 0

  /** What stands there; a link itself. */
  abstract look(folder: F | undefined, name: BytePath): FileStat
  /** Begin with a directory; it has to be left. */
  abstract enter(folder: F | undefined, name: BytePath): F
  abstract entries(folder: F): readonly TreeEntry[]
  abstract leave(folder: F): void
  abstract statOpen(file: number, folder: F | undefined, name: BytePath): FileStat
  /** Read on in an open file, to `at` of the buffer. Gives how many bytes, 0 at its end. */
  abstract read(file: number, at: number, size: number): number
  /** A hint that this file is read soon. */
  abstract readAhead(folder: F, name: BytePath): void
  abstract close(file: number): void
  abstract target(folder: F | undefined, name: BytePath): Uint8Array
  protected abstract openWith(folder: F | undefined, name: BytePath, flags: number): number

  /** Open for reading, to be closed. */
  open(folder: F | undefined, name: BytePath, more = 0): number {
    try {
      return this.openWith(folder, name, FLAGS | more | this.#noAtime)
    } catch (error) {
      if (this.#noAtime === 0 || (error as NodeJS.ErrnoException).code !== 'EPERM')
        throw unreadable(placeIn(folder, name), error)
    }
    const file = attempt(folder, name, () => this.openWith(folder, name, FLAGS | more))
    this.#noAtime = 0
    return file
  }
}

/** Where something with this name is. */
export function placeIn(folder: Folder | undefined, name: BytePath): BytePath {
  return folder === undefined ? name : `${folder.place}/${name}`
}

/** Do what the system may refuse. */
export function attempt<T>(folder: Folder | undefined, name: BytePath, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw unreadable(placeIn(folder, name), error)
  }
}

/** What a mode says that it is of. */
export function kindOf({ mode }: FileStat): EntryKind {
  const type = mode & constants.S_IFMT
  if (type === constants.S_IFREG) return 'file'
  if (type === constants.S_IFDIR) return 'directory'
  return type === constants.S_IFLNK ? 'symlink' : 'other'
}

export function inByteOrder(entries: TreeEntry[]): TreeEntry[] {
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}
