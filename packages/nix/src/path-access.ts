import { closeSync, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { type BytePath, bytes, bytesInside } from './byte-path.ts'
import type { EntryKind, FileStat } from './syscalls.ts'
import { attempt, type Folder, inByteOrder, placeIn, TreeAccess, type TreeEntry } from './tree-access.ts'

interface PathFolder extends Folder {
  /** Its path as Node takes it. */
  readonly path: string | Buffer
}

// Made once: Node makes such objects for each call that has none.
const ENTRIES = { withFileTypes: true, encoding: 'latin1' } as const
const STAT = { bigint: false } as const

/** By whole paths, with what Node itself has: where there are no calls for open directories. */
export class PathAccess extends TreeAccess<PathFolder> {
  readonly #buffer: Buffer

  /** `buffer`: what is read goes there. */
  constructor(buffer: Buffer) {
    super()
    this.#buffer = buffer
  }

  look(folder: PathFolder | undefined, name: BytePath): FileStat {
    return attempt(folder, name, () => lstatSync(pathIn(folder, name)))
  }

  enter(folder: PathFolder | undefined, name: BytePath): PathFolder {
    return { place: placeIn(folder, name), path: pathIn(folder, name), stat: this.look(folder, name) }
  }

  entries(folder: PathFolder): TreeEntry[] {
    const entries = attempt(undefined, folder.place, () => readdirSync(folder.path, ENTRIES))
    return inByteOrder(entries.map((entry) => ({ name: entry.name, kind: kindOfEntry(entry) })))
  }

  leave(): void {}

  statOpen(file: number, folder: PathFolder | undefined, name: BytePath): FileStat {
    return attempt(folder, name, () => fstatSync(file, STAT))
  }

  read(file: number, at: number, size: number): number {
    return readSync(file, this.#buffer, at, size, null)
  }

  /** Node has no such call. */
  readAhead(): void {}

  close(file: number): void {
    closeSync(file)
  }

  target(folder: PathFolder | undefined, name: BytePath): Uint8Array {
    return attempt(folder, name, () => readlinkSync(pathIn(folder, name), { encoding: 'buffer' }))
  }

  protected openWith(folder: PathFolder | undefined, name: BytePath, flags: number): number {
    return openSync(pathIn(folder, name), flags)
  }
}

function pathIn(folder: PathFolder | undefined, name: BytePath): string | Buffer {
  return folder === undefined ? bytes(name) : bytesInside(folder.path, placeIn(folder, name), name)
}

function kindOfEntry(entry: Dirent<string>): EntryKind {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'directory'
  return entry.isSymbolicLink() ? 'symlink' : 'other'
}
