import { UserError } from './error.ts'

/** A member of an object, or an item of a list (then without key), still in JSON. `bytes` is empty where it has no value. */
export interface JsonMember {
  readonly key?: string
  readonly bytes: Buffer
}

/**
 * Cut the members of one object or list out of a JSON document that is too large to hold: of the one that `path`, a
 * row of keys, leads to; the outermost for none. Looks at strings and brackets only, so what is wrong inside a member
 * (a missing value, say) is found by who parses it, and the members after it are still cut. Memory: the largest member.
 *
 * UserError, with `what` naming the document, after the members before the fault were given: the document ends within
 * (a cut download), is no JSON object or list, has nothing at `path`, goes on after its end, or a member is over `limit`.
 */
export async function* jsonMembers(
  chunks: AsyncIterable<Uint8Array>,
  path: readonly string[],
  what: string,
  limit = 16 * 2 ** 20,
): AsyncGenerator<JsonMember> {
  const cutter = new Cutter(path, what, limit)
  for await (const chunk of chunks) {
    const members: JsonMember[] = []
    try {
      cutter.push(chunk, members)
    } finally {
      yield* members
    }
  }
  cutter.end()
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]
const MAX_KEY = 1 << 16

class Cutter {
  readonly #path: readonly string[]
  readonly #what: string
  /** The depth within the container whose members are cut. */
  readonly #target: number
  readonly #member: Pieces
  readonly #name = new Pieces(MAX_KEY)
  #depth = 0
  /** How many keys of the path led to where we are: `depth - 1` as long as we are on it. */
  #matched = 0
  /** At a depth on the path: whether it is an object, and what was its last key. */
  #isObject = false
  #awaitsKey = false
  #key: string | undefined
  #inString = false
  #escaped = false
  #found = false
  #ended = false

  constructor(path: readonly string[], what: string, limit: number) {
    this.#path = path
    this.#what = what
    this.#target = path.length + 1
    this.#member = new Pieces(limit)
  }

  /** Adds the members that end in this chunk. */
  push(bytes: Uint8Array, members: JsonMember[]): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#member.enter(chunk)
    this.#name.enter(chunk)
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#inString) {
        at = this.#skipString(chunk, at)
        continue
      }
      if (byte > COLON && byte !== OPEN && byte !== CLOSE && byte !== OPEN_LIST && byte !== CLOSE_LIST) {
        if (this.#depth === 0) this.#fail()
        continue
      }
      switch (byte) {
        case QUOTE:
          if (this.#depth === 0) this.#fail()
          this.#inString = true
          if (this.#isOnPath() && this.#awaitsKey) this.#name.start(at + 1)
          break
        case COLON:
          if (this.#isOnPath() && this.#awaitsKey) this.#startValue(at + 1)
          break
        case COMMA:
          if (this.#isOnPath()) this.#nextMember(at, members)
          break
        case OPEN:
        case OPEN_LIST:
          this.#open(byte === OPEN, at)
          break
        case CLOSE:
        case CLOSE_LIST:
          this.#close(at, members)
          break
        default:
          if (this.#depth === 0 && byte > 0x20) this.#fail()
      }
    }
    this.#member.leave(this.#what)
    this.#name.leave(this.#what)
  }

  end(): void {
    if (this.#depth > 0) {
      throw new UserError(`${this.#what}: cut short`, 'it was not downloaded or written whole: fetch it again')
    }
    if (!this.#ended) throw new UserError(`${this.#what}: empty`, 'fetch it again')
    if (!this.#found) {
      throw new UserError(`${this.#what}: it has no ${this.#path.join('.')}`, 'check that this is the right file')
    }
  }

  #isOnPath(): boolean {
    return this.#matched === this.#depth - 1
  }

  /** To the closing quote, or the end of the chunk. */
  #skipString(chunk: Buffer, from: number): number {
    let at = from
    if (this.#escaped) {
      this.#escaped = false
      at++
    }
    for (; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) {
        this.#inString = false
        if (this.#name.isOpen) this.#key = readKey(this.#name.take(at, this.#what))
        return at
      }
    }
    this.#escaped = at > chunk.length
    return at
  }

  #startValue(at: number): void {
    this.#awaitsKey = false
    if (this.#depth === this.#target) this.#member.start(at)
  }

  #nextMember(at: number, members: JsonMember[]): void {
    this.#finish(at, members)
    this.#awaitsKey = this.#isObject
    this.#key = undefined
    if (this.#depth === this.#target && !this.#isObject) this.#member.start(at + 1)
  }

  #open(isObject: boolean, at: number): void {
    if (this.#depth === 0 && this.#ended) this.#fail()
    const leadsOn =
      this.#depth === 0 ||
      (this.#isOnPath() && this.#depth < this.#target && this.#key === this.#path[this.#depth - 1] && !this.#awaitsKey)
    this.#depth++
    if (!leadsOn) return
    this.#matched = this.#depth - 1
    this.#isObject = isObject
    this.#awaitsKey = isObject
    this.#key = undefined
    if (this.#depth !== this.#target) return
    this.#found = true
    if (!isObject) this.#member.start(at + 1)
  }

  #close(at: number, members: JsonMember[]): void {
    if (this.#depth === 0) this.#fail()
    const wasOnPath = this.#isOnPath()
    if (wasOnPath) this.#finish(at, members)
    this.#depth--
    this.#ended = this.#depth === 0
    if (!wasOnPath || this.#ended) return
    // Back in an object whose member this was: only an object has keys that lead on.
    this.#matched--
    this.#isObject = true
    this.#awaitsKey = false
  }

  #finish(at: number, members: JsonMember[]): void {
    if (!this.#member.isOpen) return
    const bytes = this.#member.take(at, this.#what)
    if (this.#isObject) members.push({ key: this.#key ?? '', bytes })
    else if (bytes.some((byte) => byte > 0x20)) members.push({ bytes })
  }

  #fail(): never {
    const message = this.#ended ? 'something follows the end of the JSON' : 'no JSON object or list'
    throw new UserError(`${this.#what}: ${message}`, 'check that this is the right file, and that it is whole')
  }
}

/** A run of bytes that may begin in one chunk and end in another. */
class Pieces {
  readonly #limit: number
  #held: Buffer[] = []
  #heldSize = 0
  #start = -1
  #chunk: Buffer = Buffer.alloc(0)

  constructor(limit: number) {
    this.#limit = limit
  }

  get isOpen(): boolean {
    return this.#start !== -1
  }

  start(at: number): void {
    this.#start = at
  }

  /** The run up to `at`, which ends it. */
  take(at: number, what: string): Buffer {
    const last = this.#chunk.subarray(this.#start, at)
    const all = this.#held.length === 0 ? last : Buffer.concat([...this.#held, last])
    this.#held = []
    this.#heldSize = 0
    this.#start = -1
    if (all.length > this.#limit) this.#tooLarge(what)
    return all
  }

  enter(chunk: Buffer): void {
    this.#chunk = chunk
    if (this.isOpen) this.#start = 0
  }

  leave(what: string): void {
    if (!this.isOpen) return
    const piece = Buffer.from(this.#chunk.subarray(this.#start))
    this.#heldSize += piece.length
    if (this.#heldSize > this.#limit) this.#tooLarge(what)
    this.#held.push(piece)
  }

  #tooLarge(what: string): never {
    throw new UserError(`${what}: a member of over ${this.#limit} bytes`, 'nothing real is this large: check the file')
  }
}

/** A key that is no JSON string (a stray control character) is still a name for its member. */
function readKey(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  if (!text.includes('\\')) return text
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}
