import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs'
import { NAR_LIMITS, NAR_MAGIC } from './nar.ts'
import { NarBuffer, narWords } from './nar-buffer.ts'
import { decodeText } from './text.ts'

/**
 * A path of the file system, a character a byte (latin1): names need not be UTF-8, and strings of bytes sort as NARs do.
 */
export type BytePath = string

/** Who looks on while a tree is read. What it throws ends the reading. */
export interface TreeWatcher {
  readonly directory: (place: BytePath, stat: Stats) => void
  /** The end of the directory entered last. */
  readonly leave?: () => void
  /** `file` is open; its contents follow. */
  readonly file: (place: BytePath, stat: Stats, file: number) => void
  /** A piece of the file told last, good only during the call. */
  readonly contents?: (bytes: Uint8Array) => void
  readonly symlink: (place: BytePath, stat: Stats, target: Uint8Array) => void
}

/** Why a tree is no store object, or could not be read to its end. */
export class TreeError extends Error {
  override readonly name = 'TreeError'
  /** `type`: a device, pipe or socket; `changed`: while it was read; `deep`: too many directories in each other. */
  readonly kind: 'type' | 'changed' | 'deep' | 'unreadable'
  readonly place: BytePath
  /** What the system said: ENOENT, EIO, EACCES, … */
  readonly code: string | undefined

  constructor(kind: TreeError['kind'], place: BytePath, message: string, code?: string) {
    super(message)
    this.kind = kind
    this.place = place
    this.code = code
  }
}

/** Bytes, and entries of directories, between two pauses: some milliseconds of work. */
const STEP_BYTES = 1 << 24
const STEP_ENTRIES = 256
/** A device is not opened at all; what becomes a pipe between the look and the opening is not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * Reads trees from disk as NARs, made to hash gigabytes: one buffer, into which files are read where they belong in the
 * archive, and no more than open, fstat, read and close for a file. Links are never followed; sizes that do not hold
 * are noticed. One at a time. Everything it throws but what watchers throw is a TreeError.
 */
export class TreeReader {
  readonly #nar = new NarBuffer()
  #entries = 0
  #watcher: TreeWatcher = NOBODY
  /** Reading leaves no trace in the access times, but only an owner may ask for that. */
  #noAtime = constants.O_NOATIME ?? 0

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
    const path = bytes(root)
    const stat = lstatOf(root, path)
    if (stat.isDirectory()) yield* this.#directory(root, path, stat, 1)
    else if (stat.isFile()) yield* this.#wholeFile(root, path)
    else if (stat.isSymbolicLink()) this.#symlink(root, path, stat)
    else throw oddType(root)
    this.#nar.flush()
    return this.#nar.flushed
  }

  /** `path` is what Node's fs takes for `place`, here and below. */
  *#directory(
    place: BytePath,
    path: string | Buffer,
    stat: Stats,
    depth: number,
  ): Generator<undefined, void, undefined> {
    if (depth > NAR_LIMITS.depth) {
      throw new TreeError('deep', place, `more than ${NAR_LIMITS.depth} directories in each other`)
    }
    const nar = this.#nar
    this.#watcher.directory(place, stat)
    nar.put(DIRECTORY)
    for (const entry of entriesOf(place, path)) {
      const { name } = entry
      const inside = `${place}/${name}`
      const pathInside = bytesInside(path, inside, name)
      nar.put(ENTRY)
      nar.text(name)
      nar.put(NODE)
      if (entry.isFile()) {
        if (++this.#entries % STEP_ENTRIES === 0) yield
        const large = this.#file(inside, pathInside)
        if (large !== undefined) yield* this.#rest(large)
      } else if (entry.isDirectory()) yield* this.#directory(inside, pathInside, lstatOf(inside, pathInside), depth + 1)
      else if (entry.isSymbolicLink()) this.#symlink(inside, pathInside, lstatOf(inside, pathInside))
      else throw oddType(inside)
      nar.put(CLOSE)
    }
    nar.put(CLOSE)
    this.#watcher.leave?.()
  }

  *#wholeFile(place: BytePath, path: string | Buffer): Generator<undefined, void, undefined> {
    const large = this.#file(place, path)
    if (large !== undefined) yield* this.#rest(large)
  }

  /** A file, or the beginning of a large one, which is given back still open: a generator for each would cost more than most. */
  #file(place: BytePath, path: string | Buffer): Unfinished | undefined {
    const file = this.#open(place, path)
    let left = 0
    try {
      const stat = fstatOf(place, file)
      if (!stat.isFile()) throw oddType(place)
      this.#watcher.file(place, stat, file)
      this.#nar.put((stat.mode & 0o100) === 0 ? REGULAR : EXECUTABLE)
      this.#nar.length(stat.size)
      const after = this.#contents(place, file, stat.size)
      if (after === 0) this.#endFile(stat.size)
      left = after
      return left > 0 ? { place, file, size: stat.size, left } : undefined
    } finally {
      if (left === 0) closeSync(file)
    }
  }

  *#rest({ place, file, size, left }: Unfinished): Generator<undefined, void, undefined> {
    try {
      for (let after = left; after > 0; ) {
        yield
        after = this.#contents(place, file, after)
      }
      this.#endFile(size)
    } finally {
      closeSync(file)
    }
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
      const count = readInto(place, file, nar.bytes, nar.used, room)
      if (count === 0) throw new TreeError('changed', place, 'it became shorter while it was read')
      if (count > left) throw new TreeError('changed', place, 'it became longer while it was read')
      if (watcher.contents !== undefined) watcher.contents(nar.bytes.subarray(nar.used, nar.used + count))
      nar.used += count
      left -= count
    }
    return left
  }

  #endFile(size: number): void {
    this.#nar.pad(size)
    this.#nar.put(CLOSE)
  }

  #symlink(place: BytePath, path: string | Buffer, stat: Stats): void {
    const target = attempt(place, () => readlinkSync(path, { encoding: 'buffer' }))
    this.#watcher.symlink(place, stat, target)
    this.#nar.put(SYMLINK)
    this.#nar.text(target.toString('latin1'))
    this.#nar.put(CLOSE)
  }

  #open(place: BytePath, path: string | Buffer): number {
    try {
      return openSync(path, FLAGS | this.#noAtime)
    } catch (error) {
      if (this.#noAtime === 0 || (error as NodeJS.ErrnoException).code !== 'EPERM') throw unreadable(place, error)
    }
    const file = attempt(place, () => openSync(path, FLAGS))
    this.#noAtime = 0
    return file
  }
}

/** A large file, open, of whose `size` bytes the last `left` were not read. */
interface Unfinished {
  readonly place: BytePath
  readonly file: number
  readonly size: number
  readonly left: number
}

/** A path as people write it. */
export function bytePath(path: string | Uint8Array): BytePath {
  return Buffer.from(path as string).toString('latin1')
}

/** A byte path as text; bytes that are not UTF-8 as `decodeText` has them. */
export function textOfBytePath(place: BytePath): string {
  return NOT_ASCII.test(place) ? decodeText(Buffer.from(place, 'latin1')) : place
}

/** What Node's fs takes for a byte path: of ASCII the text itself, which is quicker. */
export function bytes(place: BytePath): string | Buffer {
  return NOT_ASCII.test(place) ? Buffer.from(place, 'latin1') : place
}

/** `bytes` of what has this name in a directory: to look through whole paths again and again would cost more. */
export function bytesInside(directory: string | Buffer, place: BytePath, name: BytePath): string | Buffer {
  return typeof directory === 'string' && isAscii(name) ? place : Buffer.from(place, 'latin1')
}

function isAscii(name: BytePath): boolean {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) > 0x7f) return false
  return true
}

const NOT_ASCII = /[\u0080-\u00ff]/
// Made once: Node makes such objects for each call that has none.
const ENTRIES = { withFileTypes: true, encoding: 'latin1' } as const
const STAT = { bigint: false } as const
const NOBODY: TreeWatcher = { directory: () => {}, file: () => {}, symlink: () => {} }

const MAGIC = narWords(NAR_MAGIC)
const DIRECTORY = narWords('(', 'type', 'directory')
const REGULAR = narWords('(', 'type', 'regular', 'contents')
const EXECUTABLE = narWords('(', 'type', 'regular', 'executable', '', 'contents')
const SYMLINK = narWords('(', 'type', 'symlink', 'target')
const ENTRY = narWords('entry', '(', 'name')
const NODE = narWords('node')
const CLOSE = narWords(')')

/** The entries in byte order. The types come with the names, so that nothing odd is opened to find out. */
function entriesOf(place: BytePath, path: string | Buffer): Dirent<string>[] {
  const entries = attempt(place, () => readdirSync(path, ENTRIES))
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function lstatOf(place: BytePath, path: string | Buffer): Stats {
  return attempt(place, () => lstatSync(path))
}

function fstatOf(place: BytePath, file: number): Stats {
  try {
    return fstatSync(file, STAT)
  } catch (error) {
    throw unreadable(place, error)
  }
}

function readInto(place: BytePath, file: number, buffer: Buffer, at: number, size: number): number {
  try {
    return readSync(file, buffer, at, size, null)
  } catch (error) {
    throw unreadable(place, error)
  }
}

function attempt<T>(place: BytePath, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw unreadable(place, error)
  }
}

function unreadable(place: BytePath, error: unknown): TreeError {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ELOOP') return new TreeError('changed', place, 'it became a link while it was read', code)
  if (code === 'ENXIO') return oddType(place)
  return new TreeError('unreadable', place, code ?? message, code)
}

function oddType(place: BytePath): TreeError {
  return new TreeError('type', place, 'neither file, directory nor link')
}
