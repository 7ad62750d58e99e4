import { UserError } from '@firn/core'

/** No single entry of the NVD comes near this. */
const MAX_ENTRY = 16 * 2 ** 20

/**
 * Cut an NVD page or yearly feed into its entries, each as a page of one (`parseNvdPage` reads it), from unpacked
 * chunks and without ever holding the whole: a yearly feed is some 200 MB. A document that ends within the list is a
 * UserError, after the entries before the cut were given.
 */
export async function* nvdEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const cutter = new ListCutter()
  for await (const chunk of chunks) yield* cutter.push(chunk)
  if (cutter.state !== 'after') {
    throw new UserError('an NVD page that is cut short', 'it was not downloaded whole: fetch it again')
  }
}

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]
const HEAD = Buffer.from('{"vulnerabilities":[')
const TAIL = Buffer.from(']}')

/** Follows strings and nesting, byte by byte: all that matters is ASCII, and no byte of UTF-8 beyond it looks like it. */
class ListCutter {
  /** Before the list `vulnerabilities`, in it, after it. */
  state: 'before' | 'in' | 'after' = 'before'
  #depth = 0
  #inString = false
  #escaped = false
  #key = ''
  /** The entry under way: the pieces from earlier chunks. */
  #held: Buffer[] = []
  #heldSize = 0

  #isInEntry(): boolean {
    return this.state === 'in' && this.#depth > 2
  }

  *push(bytes: Uint8Array): Generator<Buffer> {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    let start = this.#isInEntry() ? 0 : -1
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
        else if (this.#depth === 1 && this.#key.length < 64) this.#key += String.fromCharCode(byte)
      } else if (byte === QUOTE) {
        this.#inString = true
        if (this.#depth === 1) this.#key = ''
      } else if (byte === OPEN || byte === OPEN_LIST) {
        if (this.#depth === 2 && this.state === 'in') start = at
        this.#depth++
        const isList = byte === OPEN_LIST && this.#depth === 2 && this.#key === 'vulnerabilities'
        if (isList && this.state === 'before') this.state = 'in'
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        this.#depth--
        if (this.state !== 'in') continue
        if (this.#depth === 1) this.state = 'after'
        if (this.#depth !== 2) continue
        yield Buffer.concat([HEAD, ...this.#held, chunk.subarray(start, at + 1), TAIL])
        this.#held = []
        this.#heldSize = 0
        start = -1
      }
    }
    if (start !== -1) this.#hold(chunk.subarray(start))
  }

  #hold(piece: Buffer): void {
    this.#heldSize += piece.length
    if (this.#heldSize > MAX_ENTRY) {
      throw new UserError(`an NVD page with an entry of over ${MAX_ENTRY} bytes`, 'this is no page of the NVD')
    }
    this.#held.push(Buffer.from(piece))
  }
}
