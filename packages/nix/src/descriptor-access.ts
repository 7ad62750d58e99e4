import { constants } from 'node:fs'
import type { BytePath } from './byte-path.ts'
import { PathAccess } from './path-access.ts'
import { type DirectoryCalls, type DirectoryEntry, directoryCalls, type FileStat, NO_DIRECTORY } from './syscalls.ts'
import { attempt, type Folder, inByteOrder, kindOf, placeIn, TreeAccess, type TreeEntry } from './tree-access.ts'
import { TreeError, unreadable } from './tree-error.ts'

interface OpenFolder extends Folder {
  readonly file: number
}

/**
 * The way to trees on this system: by names in open directories, where there are calls for that. `buffer`: what is read
 * goes there. `byPath`: by what Node has alone, all the same.
 */
export function treeAccess(buffer: Buffer, byPath = false): TreeAccess {
  const calls = byPath ? undefined : directoryCalls()
  // Each takes its own folders only, and gets no other.
  return calls === undefined ? new PathAccess(buffer) : (new DescriptorAccess(calls, buffer) as TreeAccess)
}

/**
 * By names in open directories: nobody can swap a directory above for another meanwhile, and long paths are looked up
 * once.
 */
export class DescriptorAccess extends TreeAccess<OpenFolder> {
  readonly #calls: DirectoryCalls
  readonly #reader: (file: number, at: number, size: number) => number

  /** `buffer`: what is read goes there. */
  constructor(calls: DirectoryCalls, buffer: Buffer) {
    super()
    this.#calls = calls
    this.#reader = calls.reader(buffer)
  }

  look(folder: OpenFolder | undefined, name: BytePath): FileStat {
    return attempt(folder, name, () => this.#calls.look(fileOf(folder), name))
  }

  enter(folder: OpenFolder | undefined, name: BytePath): OpenFolder {
    const file = this.open(folder, name, constants.O_DIRECTORY)
    try {
      return { place: placeIn(folder, name), file, stat: this.statOpen(file, folder, name) }
    } catch (error) {
      this.close(file)
      throw error
    }
  }

  entries(folder: OpenFolder): TreeEntry[] {
    const entries: TreeEntry[] = []
    for (let some = this.#next(folder); some !== undefined; some = this.#next(folder)) {
      for (const entry of some) entries.push(isTold(entry) ? entry : this.#told(entry, folder))
    }
    return inByteOrder(entries)
  }

  #next(folder: OpenFolder): DirectoryEntry[] | undefined {
    try {
      return this.#calls.entries(folder.file)
    } catch (error) {
      throw unreadable(folder.place, error)
    }
  }

  #told({ name }: DirectoryEntry, folder: OpenFolder): TreeEntry {
    return { name, kind: kindOf(this.look(folder, name)) }
  }

  leave({ file }: OpenFolder): void {
    this.close(file)
  }

  statOpen(file: number, folder: OpenFolder | undefined, name: BytePath): FileStat {
    try {
      return this.#calls.stat(file)
    } catch (error) {
      throw unreadable(placeIn(folder, name), error)
    }
  }

  read(file: number, at: number, size: number): number {
    return this.#reader(file, at, size)
  }

  readAhead(folder: OpenFolder, name: BytePath): void {
    try {
      const file = this.open(folder, name)
      this.#calls.readAhead(file)
      this.close(file)
    } catch (error) {
      // Who reads the file will tell what is wrong with it.
      if (!(error instanceof TreeError)) throw error
    }
  }

  close(file: number): void {
    this.#calls.close(file)
  }

  target(folder: OpenFolder | undefined, name: BytePath): Uint8Array {
    return attempt(folder, name, () => this.#calls.target(fileOf(folder), name))
  }

  protected openWith(folder: OpenFolder | undefined, name: BytePath, flags: number): number {
    return this.#calls.open(fileOf(folder), name, flags)
  }
}

/** Whether its directory says of which kind it is. */
function isTold(entry: DirectoryEntry): entry is DirectoryEntry & TreeEntry {
  return entry.kind !== undefined
}

function fileOf(folder: OpenFolder | undefined): number {
  return folder === undefined ? NO_DIRECTORY : folder.file
}
