import type { BytePath } from './byte-path.ts'
import { treeAccess } from './descriptor-access.ts'
import { NAR_LIMITS, NAR_MAGIC } from './nar.ts'
import { NarBuffer, narWords } from './nar-buffer.ts'
import type { EntryKind, FileStat } from './syscalls.ts'
import { type Folder, kindOf, placeIn, type TreeAccess, type TreeEntry } from './tree-access.ts'
import { oddType, TreeError, unreadable } from './tree-error.ts'

/** Who looks on while a tree is read. What it throws ends the reading. */
export interface TreeWatcher {
  /** `file`: its descriptor, if it is open. */
  readonly directory: (place: BytePath, stat: FileStat, file?: number) => void
  /** The end of the directory entered last. */
  readonly leave?: () => void
  /** `file` is open; its contents follow. */
  readonly file: (place: BytePath, stat: FileStat, file: number) => void
  /** A piece of the file told last, good only during the call. */
  readonly contents?: (bytes: Uint8Array) => void
  readonly symlink: (place: BytePath, stat: FileStat, target: Uint8Array) => void
}

/** Bytes, and entries of directories, between two pauses: some milliseconds of work. */
const STEP_BYTES = 1 << 24
const STEP_ENTRIES = 256
/** Without its end (PATH_MAX, linux/limits.h). */
const LONGEST_PATH = 4095

/**
 * Reads trees from disk as NARs, made to hash gigabytes: one buffer, into which files are read where they belong in the
 * archive, and no more than open, stat, read and close for a file. Links are never followed; sizes that do not hold
 * are noticed. One at a time. Everything it throws but what watchers throw is a TreeError.
 */
export class TreeReader {
  readonly #nar = new NarBuffer()
  readonly #access: TreeAccess
  #watcher: TreeWatcher = NOBODY
  /** The directories that lead to where it is. */
  readonly #levels: Level[] = []
  #unfinished: Unfinished | undefined

  /** `byPath`: as `treeAccess` has it. */
  constructor(byPath = false) {
    this.#access = treeAccess(this.#nar.bytes, byPath)
  }

  /** Hand the NAR of `root` to `sink` in pieces that are used again after the call. Gives the NAR's size. */
  read(root: BytePath, sink: (bytes: Uint8Array) => void, watcher: TreeWatcher = NOBODY): number {
    const steps = this.steps(root, sink, watcher)
    for (;;) {
      const { done, value } = steps.next()
      if (done === true) return value
    }
  }

  /** The same with pauses, for a thread that has signals to attend to as well. */
  *steps(
    root: BytePath,
    sink: (bytes: Uint8Array) => void,
    watcher: TreeWatcher = NOBODY,
  ): Generator<undefined, number, undefined> {
    this.#watcher = watcher
    this.#nar.begin(sink)
    this.#nar.put(MAGIC)
    try {
      this.#node(undefined, root, kindOf(this.#access.look(undefined, root)))
      while (this.#isMore()) {
        yield
        this.#readOn()
      }
    } finally {
      this.#closeAll()
    }
    this.#nar.flush()
    return this.#nar.flushed
  }

  #isMore(): boolean {
    return this.#unfinished !== undefined || this.#levels.length > 0
  }

  /** One step of the way. */
  #readOn(): void {
    if (this.#unfinished !== undefined) {
      this.#rest(this.#unfinished)
      return
    }
    const nar = this.#nar
    const begun = nar.flushed
    for (let entries = 0; entries < STEP_ENTRIES && nar.flushed - begun < STEP_BYTES; entries++) {
      const level = this.#levels.at(-1)
      if (level === undefined) return
      const entry = level.entries[level.next++]
      if (entry === undefined) this.#leave(level)
      else {
        nar.put(ENTRY)
        nar.text(entry.name)
        nar.put(NODE)
        this.#node(level.folder, entry.name, entry.kind)
        if (this.#unfinished !== undefined) return
      }
    }
  }

  #node(folder: Folder | undefined, name: BytePath, kind: EntryKind): void {
    if (kind === 'file') this.#file(folder, name)
    else if (kind === 'directory') this.#enter(folder, name)
    else if (kind === 'symlink') this.#symlink(folder, name)
    else throw oddType(placeIn(folder, name))
  }

  #enter(within: Folder | undefined, name: BytePath): void {
    if (this.#levels.length >= NAR_LIMITS.depth) {
      throw new TreeError('deep', placeIn(within, name), `more than ${NAR_LIMITS.depth} directories in each other`)
    }
    const folder = this.#openFolder(within, name)
    if (folder.place.length > LONGEST_PATH) {
      this.#access.leave(folder)
      throw new TreeError('deep', folder.place, 'deeper than any path that a program could open')
    }
    const level: Level = { folder, entries: NO_ENTRIES, next: 0 }
    this.#levels.push(level)
    this.#watcher.directory(folder.place, folder.stat, folder.file)
    level.entries = this.#access.entries(folder)
    this.#nar.put(DIRECTORY)
  }

  /** What may not be read can be looked at all the same. */
  #openFolder(within: Folder | undefined, name: BytePath): Folder {
    try {
      return this.#access.enter(within, name)
    } catch (error) {
      if (error instanceof TreeError && error.code === 'EACCES') {
        this.#watcher.directory(placeIn(within, name), this.#access.look(within, name))
      }
      throw error
    }
  }

  #leave({ folder }: Level): void {
    this.#levels.pop()
    this.#access.leave(folder)
    this.#endNode()
    this.#watcher.leave?.()
  }

  /** A file, or the beginning of a large one, which stays open. */
  #file(folder: Folder | undefined, name: BytePath): void {
    const access = this.#access
    const file = access.open(folder, name)
    let left = 0
    try {
      const stat = access.statOpen(file, folder, name)
      const place = placeIn(folder, name)
      if (kindOf(stat) !== 'file') throw oddType(place)
      this.#watcher.file(place, stat, file)
      this.#nar.put((stat.mode & 0o100) === 0 ? REGULAR : EXECUTABLE)
      this.#nar.length(stat.size)
      const after = this.#contents(place, file, stat.size)
      if (after === 0) this.#endFile(stat.size)
      else this.#unfinished = { place, file, size: stat.size, left: after }
      left = after
    } finally {
      if (left === 0) access.close(file)
    }
  }

  /** Read on in a large file. */
  #rest(large: Unfinished): void {
    large.left = this.#contents(large.place, large.file, large.left)
    if (large.left > 0) return
    this.#endFile(large.size)
    this.#unfinished = undefined
    this.#access.close(large.file)
  }

  /** Read on in a file of which `size` bytes are left, as far as one step goes. Gives how much is left then. */
  #contents(place: BytePath, file: number, size: number): number {
    const watcher = this.#watcher
    const nar = this.#nar
    let left = size
    while (left > 0 && size - left < STEP_BYTES) {
      // One byte more than it should have tells a file that grows, and costs nothing.
      if (nar.used === nar.size || (left < nar.size && nar.used + left >= nar.size)) nar.flush()
      const room = Math.min(left + 1, nar.size - nar.used)
      const count = this.#read(place, file, nar.used, room)
      if (count === 0) throw new TreeError('changed', place, 'it became shorter while it was read')
      if (count > left) throw new TreeError('changed', place, 'it became longer while it was read')
      if (watcher.contents !== undefined) watcher.contents(nar.bytes.subarray(nar.used, nar.used + count))
      nar.used += count
      left -= count
    }
    return left
  }

  #read(place: BytePath, file: number, at: number, size: number): number {
    try {
      return this.#access.read(file, at, size)
    } catch (error) {
      throw unreadable(place, error)
    }
  }

  #endFile(size: number): void {
    this.#nar.pad(size)
    this.#endNode()
  }

  #symlink(folder: Folder | undefined, name: BytePath): void {
    const stat = this.#access.look(folder, name)
    const target = this.#access.target(folder, name)
    this.#watcher.symlink(placeIn(folder, name), stat, target)
    this.#nar.put(SYMLINK)
    this.#nar.text(Buffer.from(target).toString('latin1'))
    this.#endNode()
  }

  /** With the entry that it is in. */
  #endNode(): void {
    this.#nar.put(CLOSE)
    if (this.#levels.length > 0) this.#nar.put(CLOSE)
  }

  /** After a reading that came to no end. */
  #closeAll(): void {
    if (this.#unfinished !== undefined) this.#access.close(this.#unfinished.file)
    this.#unfinished = undefined
    for (let level = this.#levels.pop(); level !== undefined; level = this.#levels.pop())
      this.#access.leave(level.folder)
  }
}

/** A directory, and how far its entries were read. */
interface Level {
  readonly folder: Folder
  entries: readonly TreeEntry[]
  next: number
}

/** A large file, open, of whose `size` bytes the last `left` were not read. */
interface Unfinished {
  readonly place: BytePath
  readonly file: number
  readonly size: number
  left: number
}

const NO_ENTRIES: readonly TreeEntry[] = []
const NOBODY: TreeWatcher = { directory: () => {}, file: () => {}, symlink: () => {} }

const MAGIC = narWords(NAR_MAGIC)
const DIRECTORY = narWords('(', 'type', 'directory')
const REGULAR = narWords('(', 'type', 'regular', 'contents')
const EXECUTABLE = narWords('(', 'type', 'regular', 'executable', '', 'contents')
const SYMLINK = narWords('(', 'type', 'symlink', 'target')
const ENTRY = narWords('entry', '(', 'name')
const NODE = narWords('node')
const CLOSE = narWords(')')
