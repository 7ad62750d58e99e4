import { UserError } from '@firn/core'
import { decodeText } from './text.ts'

/**
 * What is told while a NAR is read, or a NAR made of. Paths are relative to the archive's root, which is ''; names that
 * are not UTF-8 come as `decodeText` has them.
 */
export interface NarVisitor {
  readonly directory: (path: string) => void
  /** The end of the directory entered last. */
  readonly leave: () => void
  /** `size` bytes of `contents` follow, in any number of pieces. */
  readonly file: (path: string, size: number, executable: boolean) => void
  /** Only good during the call: the memory is used again. */
  readonly contents: (bytes: Uint8Array) => void
  readonly symlink: (path: string, target: string) => void
}

export const NAR_MAGIC = 'nix-archive-1'
/** A name and a target of a link are as long as Linux lets them be; a path that Linux opens has some 2,000 parts. */
export const NAR_LIMITS = { depth: 1024, name: 255, target: 4095 } as const
/** The longest word of the format is the magic, 13 bytes. */
const WORD_LIMIT = 32

/**
 * Reads a NAR (Nix manual, "Nix Archive format") as it comes: `push` each piece, then `end`. Memory is bounded by one
 * name and one piece; contents pass through. Only the one canonical form is taken: entries in byte order, each once,
 * padding of zeros, no name that is empty, `.`, `..`, or has a slash or NUL in it. Anything else: UserError.
 */
export class NarReader {
  readonly #visitor: NarVisitor
  readonly #steps: Generator<undefined, void, void>
  #bytes: Uint8Array = new Uint8Array()
  #at = 0
  /** Bytes of the archive before #bytes. */
  #before = 0
  #done = false
  #failed: UserError | undefined

  constructor(visitor: NarVisitor) {
    this.#visitor = visitor
    this.#steps = this.#archive()
  }

  /** The next piece. It is not kept beyond the call, but for a few bytes that are copied. */
  push(piece: Uint8Array): void {
    if (this.#failed !== undefined) throw this.#failed
    const rest = this.#bytes.subarray(this.#at)
    this.#before += this.#at
    this.#bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    this.#at = 0
    if (!this.#done) this.#done = this.#steps.next().done === true
    if (this.#done && this.#at < this.#bytes.length) this.#fail('bytes after the end')
    this.#bytes = Buffer.from(this.#bytes.subarray(this.#at))
    this.#before += this.#at
    this.#at = 0
  }

  /** Whether the archive is whole: it says itself where it ends. */
  get done(): boolean {
    return this.#done
  }

  /** There is no more: an archive that is not whole is a UserError. */
  end(): void {
    if (this.#failed !== undefined) throw this.#failed
    if (!this.#done) this.#fail('it ends in the middle')
  }

  *#archive(): Generator<undefined, void, void> {
    if ((yield* this.#word()) !== NAR_MAGIC) this.#fail('it does not begin as one', 0)
    const open: Directory[] = []
    yield* this.#node('', open)
    while (open.length > 0) {
      const directory = open.at(-1)!
      const word = yield* this.#word()
      if (word === ')') {
        open.pop()
        this.#visitor.leave()
        // The entry that held the directory ends with it.
        if (open.length > 0) yield* this.#expect(')')
      } else if (word === 'entry') {
        yield* this.#entry(directory, open)
      } else {
        this.#fail(`here should be entry or ), not ${JSON.stringify(word)}`)
      }
    }
  }

  *#entry(directory: Directory, open: Directory[]): Generator<undefined, void, void> {
    yield* this.#expect('(')
    yield* this.#expect('name')
    const name = yield* this.#string(NAR_LIMITS.name, 'a name')
    if (!isEntryName(name)) this.#fail(`${JSON.stringify(decodeText(name))} is no name of a file`)
    if (directory.last !== undefined && Buffer.compare(directory.last, name) >= 0) {
      this.#fail(`${JSON.stringify(decodeText(name))} is out of order or there twice`)
    }
    directory.last = name
    yield* this.#expect('node')
    const text = decodeText(name)
    const isDirectory = yield* this.#node(directory.path === '' ? text : `${directory.path}/${text}`, open)
    if (!isDirectory) yield* this.#expect(')')
  }

  /** A file or link whole, or the beginning of a directory, which is then in `open`. */
  *#node(path: string, open: Directory[]): Generator<undefined, boolean, void> {
    yield* this.#expect('(')
    yield* this.#expect('type')
    const type = yield* this.#word()
    if (type === 'directory') {
      if (open.length >= NAR_LIMITS.depth) this.#fail(`more than ${NAR_LIMITS.depth} directories in each other`)
      open.push({ path, last: undefined })
      this.#visitor.directory(path)
      return true
    }
    if (type === 'regular') yield* this.#file(path)
    else if (type === 'symlink') yield* this.#symlink(path)
    else this.#fail(`${JSON.stringify(type)} is no type of file`)
    yield* this.#expect(')')
    return false
  }

  *#file(path: string): Generator<undefined, void, void> {
    let word = yield* this.#word()
    const executable = word === 'executable'
    if (executable) {
      yield* this.#expect('')
      word = yield* this.#word()
    }
    if (word !== 'contents') this.#fail(`here should be contents, not ${JSON.stringify(word)}`)
    const size = yield* this.#length()
    this.#visitor.file(path, size, executable)
    for (let left = size; left > 0; ) {
      if (this.#at === this.#bytes.length) yield
      const piece = this.#bytes.subarray(this.#at, this.#at + left)
      if (piece.length > 0) this.#visitor.contents(piece)
      this.#at += piece.length
      left -= piece.length
    }
    yield* this.#padding(size)
  }

  *#symlink(path: string): Generator<undefined, void, void> {
    yield* this.#expect('target')
    const target = yield* this.#string(NAR_LIMITS.target, 'a link target')
    if (target.length === 0 || target.includes(0)) this.#fail('a link target is empty or has NUL in it')
    this.#visitor.symlink(path, decodeText(target))
  }

  *#expect(word: string): Generator<undefined, void, void> {
    const found = yield* this.#word()
    if (found !== word) this.#fail(`here should be ${JSON.stringify(word)}, not ${JSON.stringify(found)}`)
  }

  *#word(): Generator<undefined, string, void> {
    return (yield* this.#string(WORD_LIMIT, 'a word')).toString('latin1')
  }

  /** A copy: it outlives the piece it came in. */
  *#string(limit: number, what: string): Generator<undefined, Buffer, void> {
    const size = yield* this.#length()
    if (size > limit) this.#fail(`${what} of ${size} bytes, where ${limit} are the most`)
    while (this.#bytes.length - this.#at < size) yield
    const bytes = Buffer.from(this.#bytes.subarray(this.#at, this.#at + size))
    this.#at += size
    yield* this.#padding(size)
    return bytes
  }

  *#length(): Generator<undefined, number, void> {
    while (this.#bytes.length - this.#at < 8) yield
    const { buffer, byteOffset } = this.#bytes
    const view = new DataView(buffer, byteOffset + this.#at, 8)
    const high = view.getUint32(4, true)
    if (high >= 0x20_0000) this.#fail('a length that no file reaches')
    this.#at += 8
    return high * 0x1_0000_0000 + view.getUint32(0, true)
  }

  *#padding(size: number): Generator<undefined, void, void> {
    const padding = -size & 7
    while (this.#bytes.length - this.#at < padding) yield
    for (const end = this.#at + padding; this.#at < end; this.#at++) {
      if (this.#bytes[this.#at] !== 0) this.#fail('padding that is not zero')
    }
  }

  #fail(why: string, at = this.#before + this.#at): never {
    this.#failed = new UserError(`NAR: at byte ${at}: ${why}`, 'the file is damaged or of another kind: fetch it again')
    throw this.#failed
  }
}

/** Whether a directory of a NAR may have an entry of that name. */
export function isEntryName(name: Uint8Array): boolean {
  if (name.length === 0 || name.length > NAR_LIMITS.name || name.includes(0) || name.includes(SLASH)) return false
  return !(name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT)))
}

interface Directory {
  readonly path: string
  last: Buffer | undefined
}

const SLASH = 0x2f
const DOT = 0x2e
