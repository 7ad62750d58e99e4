import type { BytePath } from './byte-path.ts'
import { treeAccess } from './descriptor-access.ts'
import { NAR_LIMITS, NAR_MAGIC } from './nar.ts'
import { NarBuffer, narWords } from './nar-buffer.ts'
import type { EntryKind, FileStat } from './syscalls.ts'
import { type Folder, kindOf, placeIn, type TreeAccess, type TreeEntry } from './tree-access.ts'
import { oddType, TreeError, unreadable } from './tree-error.ts'

/** Who looks on while a tree is read; `name`: what a directory calls it, of the root its place. What it throws ends the reading. */
export interface TreeWatcher {
  /** `file`: its descriptor, if it is open. */
  readonly directory: (place: BytePath, stat: FileStat, file: number | undefined, name: BytePath) => void
  /** The end of the directory entered last. */
  readonly leave?: () => void
  /** `file` is open; its contents follow. */
  readonly file: (place: BytePath, stat: FileStat, file: number, name: BytePath) => void
  /** A piece of the file told last, good only during the call. */
  readonly contents?: ((bytes: Uint8Array) => void) | undefined
  readonly symlink: (place: BytePath, stat: FileStat, target: Uint8Array, name: BytePath) => void
}

/** Bytes, and entries of directories, between two pauses: some milliseconds of work. */
const STEP_BYTES = 1 << 24
const STEP_ENTRIES = 256
/** Files that a disk is asked for ahead of the one that is read: one after the other, each would wait for it alone. */
const AHEAD_ENTRIES = 64
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
  /** One for all files, so that a large one takes no other way than a small one: compilers had to begin again with it. */
  readonly #file: OpenFile = { place: '', file: NO_FILE, size: 0, left: 0 }

  readonly #blocks: () => number
  /** What it told last, and whether that was more than before. */
  #fromDisk = 0
  #waitsForDisk = false

  /** `byPath`: as `treeAccess` has it. `blocks`: tells how many this process had from disks so far. */
  constructor(byPath = false, blocks = blocksFromDisk) {
    this.#blocks = blocks
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
    return this.#file.file !== NO_FILE || this.#levels.length > 0
  }

  /** One step of the way. */
  #readOn(): void {
    const fromDisk = this.#blocks()
    this.#waitsForDisk = fromDisk > this.#fromDisk
    this.#fromDisk = fromDisk
    if (this.#file.file !== NO_FILE) {
      this.#readFile()
      return
    }
    const nar = this.#nar
    const begun = nar.flushed
    for (let entries = 0; entries < STEP_ENTRIES && nar.flushed - begun < STEP_BYTES; entries++) {
      const level = this.#levels.at(-1)
      if (level === undefined) return
      if (this.#waitsForDisk) this.#readAhead(level)
      const entry = level.entries[level.next++]
      if (entry === undefined) this.#leave(level)
      else {
        nar.put(ENTRY)
        nar.text(entry.name)
        nar.put(NODE)
        this.#node(level.folder, entry.name, entry.kind)
        if (this.#file.file !== NO_FILE) return
      }
    }
  }

  #readAhead(level: Level): void {
    const { entries, folder, next } = level
    const end = Math.min(entries.length, next + AHEAD_ENTRIES)
    for (level.ahead = Math.max(level.ahead, next + 1); level.ahead < end; level.ahead++) {
      const { kind, name } = entries[level.ahead]!
      if (kind === 'file') this.#access.readAhead(folder, name)
    }
  }

  #node(folder: Folder | undefined, name: BytePath, kind: EntryKind): void {
    if (kind === 'file') this.#openFile(folder, name)
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
    const level: Level = { folder, entries: NO_ENTRIES, next: 0, ahead: 0 }
    this.#levels.push(level)
    this.#watcher.directory(folder.place, folder.stat, folder.file, name)
    level.entries = this.#access.entries(folder)
    this.#nar.put(DIRECTORY)
  }

  /** What may not be read can be looked at all the same. */
  #openFolder(within: Folder | undefined, name: BytePath): Folder {
    try {
      return this.#access.enter(within, name)
    } catch (error) {
      if (error instanceof TreeError && error.code === 'EACCES') {
        this.#watcher.directory(placeIn(within, name), this.#access.look(within, name), undefined, name)
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
  #openFile(folder: Folder | undefined, name: BytePath): void {
    const open = this.#file
    open.file = this.#access.open(folder, name)
    const stat = this.#access.statOpen(open.file, folder, name)
    const place = placeIn(folder, name)
    if (kindOf(stat) !== 'file') throw oddType(place)
    this.#watcher.file(place, stat, open.file, name)
    this.#nar.put((stat.mode & 0o100) === 0 ? REGULAR : EXECUTABLE)
    this.#nar.length(stat.size)
    open.place = place
    open.size = stat.size
    open.left = stat.size
    this.#readFile()
  }

  /** Read on in the open file, as far as one step goes. */
  #readFile(): void {
    const open = this.#file
    const { place, file } = open
    const watcher = this.#watcher
    const nar = this.#nar
    let { left } = open
    const stop = left - STEP_BYTES
    while (left > 0 && left > stop) {
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
    open.left = left
    if (left > 0) return
    nar.pad(open.size)
    this.#endNode()
    this.#closeFile()
  }

  #read(place: BytePath, file: number, at: number, size: number): number {
    try {
      return this.#access.read(file, at, size)
    } catch (error) {
      throw unreadable(place, error)
    }
  }

  #closeFile(): void {
    const { file } = this.#file
    this.#file.file = NO_FILE
    this.#access.close(file)
  }

  #symlink(folder: Folder | undefined, name: BytePath): void {
    const stat = this.#access.look(folder, name)
    const target = this.#access.target(folder, name)
    this.#watcher.symlink(placeIn(folder, name), stat, target, name)
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
    if (this.#file.file !== NO_FILE) this.#closeFile()
    for (let level = this.#levels.pop(); level !== undefined; level = this.#levels.pop())
      this.#access.leave(level.folder)
  }
}

/** A directory, how far its entries were read, and how far the disk was asked for them. */
interface Level {
  readonly folder: Folder
  entries: readonly TreeEntry[]
  next: number
  ahead: number
}

/** A file, of whose `size` bytes the last `left` were not read. `file`: its descriptor, `NO_FILE` when none is open. */
interface OpenFile {
  place: BytePath
  file: number
  size: number
  left: number
}

/** Of 512 bytes (ru_inblock, getrusage(2)), by all threads. */
function blocksFromDisk(): number {
  return process.resourceUsage().fsRead
}

const NO_FILE = -1
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
