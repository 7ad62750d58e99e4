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

const BUFFER_SIZE = 1 << 18
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
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE)
  #used = 0
  #flushed = 0
  #entries = 0
  #sink: (bytes: Uint8Array) => void = () => {}
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
    this.#sink = sink
    this.#watcher = watcher
    this.#used = 0
    this.#flushed = 0
    this.#put(MAGIC)
    const stat = attempt(root, () => lstatSync(bytes(root)))
    if (stat.isDirectory()) yield* this.#directory(root, stat, 1)
    else if (stat.isFile()) yield* this.#file(root)
    else if (stat.isSymbolicLink()) this.#symlink(root, stat)
    else throw oddType(root)
    this.#flush()
    return this.#flushed
  }

  *#directory(place: BytePath, stat: Stats, depth: number): Generator<undefined, void, undefined> {
    if (depth > NAR_LIMITS.depth) {
      throw new TreeError('deep', place, `more than ${NAR_LIMITS.depth} directories in each other`)
    }
    this.#watcher.directory(place, stat)
    this.#put(DIRECTORY)
    for (const entry of attempt(place, () => entriesOf(place))) {
      const { name } = entry
      const inside = `${place}/${name}`
      this.#put(ENTRY)
      this.#name(name)
      this.#put(NODE)
      if (entry.isFile()) {
        if (++this.#entries % STEP_ENTRIES === 0) yield
        yield* this.#file(inside)
      } else if (entry.isDirectory())
        yield* this.#directory(
          inside,
          attempt(inside, () => lstatSync(bytes(inside))),
          depth + 1,
        )
      else if (entry.isSymbolicLink())
        this.#symlink(
          inside,
          attempt(inside, () => lstatSync(bytes(inside))),
        )
      else throw oddType(inside)
      this.#put(CLOSE)
    }
    this.#put(CLOSE)
    this.#watcher.leave?.()
  }

  *#file(place: BytePath): Generator<undefined, void, undefined> {
    const file = this.#open(place)
    try {
      const stat = attempt(place, () => fstatSync(file))
      if (!stat.isFile()) throw oddType(place)
      this.#watcher.file(place, stat, file)
      this.#put((stat.mode & 0o100) === 0 ? REGULAR : EXECUTABLE)
      this.#length(stat.size)
      for (let left = stat.size; left > 0; ) {
        left = this.#contents(place, file, left)
        if (left > 0) yield
      }
      this.#pad(stat.size)
      this.#put(CLOSE)
    } finally {
      closeSync(file)
    }
  }

  /** Read on in a file of which `size` bytes are left, as far as one step goes. Gives how much is left then. */
  #contents(place: BytePath, file: number, size: number): number {
    const watcher = this.#watcher
    let left = size
    while (left > 0 && size - left < STEP_BYTES) {
      // One byte more than it should have tells a file that grows, and costs nothing.
      if (this.#used === BUFFER_SIZE || (left < BUFFER_SIZE && this.#used + left >= BUFFER_SIZE)) this.#flush()
      const room = Math.min(left + 1, BUFFER_SIZE - this.#used)
      const count = attempt(place, () => readSync(file, this.#buffer, this.#used, room, null))
      if (count === 0) throw new TreeError('changed', place, 'it became shorter while it was read')
      if (count > left) throw new TreeError('changed', place, 'it became longer while it was read')
      if (watcher.contents !== undefined) watcher.contents(this.#buffer.subarray(this.#used, this.#used + count))
      this.#used += count
      left -= count
    }
    return left
  }

  #symlink(place: BytePath, stat: Stats): void {
    const target = attempt(place, () => readlinkSync(bytes(place), { encoding: 'buffer' }))
    this.#watcher.symlink(place, stat, target)
    this.#put(SYMLINK)
    this.#length(target.length)
    this.#room(target.length)
    this.#buffer.set(target, this.#used)
    this.#used += target.length
    this.#pad(target.length)
    this.#put(CLOSE)
  }

  #open(place: BytePath): number {
    try {
      return openSync(bytes(place), FLAGS | this.#noAtime)
    } catch (error) {
      if (this.#noAtime === 0 || (error as NodeJS.ErrnoException).code !== 'EPERM') throw unreadable(place, error)
    }
    const file = attempt(place, () => openSync(bytes(place), FLAGS))
    this.#noAtime = 0
    return file
  }

  #name(name: string): void {
    this.#length(name.length)
    this.#room(name.length)
    this.#used += this.#buffer.write(name, this.#used, 'latin1')
    this.#pad(name.length)
  }

  #length(value: number): void {
    this.#room(8)
    const at = this.#used
    this.#buffer.writeUInt32LE(value % 0x1_0000_0000, at)
    this.#buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4)
    this.#used = at + 8
  }

  #pad(size: number): void {
    const padding = (8 - (size % 8)) % 8
    this.#room(padding)
    this.#buffer.fill(0, this.#used, this.#used + padding)
    this.#used += padding
  }

  #put(words: Uint8Array): void {
    this.#room(words.length)
    this.#buffer.set(words, this.#used)
    this.#used += words.length
  }

  #room(size: number): void {
    if (this.#used + size > BUFFER_SIZE) this.#flush()
  }

  #flush(): void {
    if (this.#used === 0) return
    this.#flushed += this.#used
    this.#sink(this.#buffer.subarray(0, this.#used))
    this.#used = 0
  }
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

const NOT_ASCII = /[\u0080-\u00ff]/
const NOBODY: TreeWatcher = { directory: () => {}, file: () => {}, symlink: () => {} }

const MAGIC = words(NAR_MAGIC)
const DIRECTORY = words('(', 'type', 'directory')
const REGULAR = words('(', 'type', 'regular', 'contents')
const EXECUTABLE = words('(', 'type', 'regular', 'executable', '', 'contents')
const SYMLINK = words('(', 'type', 'symlink', 'target')
const ENTRY = words('entry', '(', 'name')
const NODE = words('node')
const CLOSE = words(')')

function words(...all: readonly string[]): Uint8Array {
  return Buffer.concat(
    all.map((word) => {
      const padded = Buffer.alloc(8 + Math.ceil(word.length / 8) * 8)
      padded.writeUInt32LE(word.length)
      padded.write(word, 8, 'latin1')
      return padded
    }),
  )
}

/** The entries in byte order. The types come with the names, so that nothing odd is opened to find out. */
function entriesOf(place: BytePath): Dirent<string>[] {
  const entries = readdirSync(bytes(place), { withFileTypes: true, encoding: 'latin1' })
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
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
