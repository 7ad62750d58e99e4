/** The 32 characters of Nix base32. */
const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz'
const LENGTH = 32
/** Of a part that began in an earlier piece, there is at most so much. */
const MOST_KEPT = LENGTH - 1
const VALUES = new Int8Array(256).fill(-1)
for (const [value, character] of [...ALPHABET].entries()) VALUES[character.charCodeAt(0)] = value

/**
 * Finds the hash parts of store paths in bytes that stream by: so Nix knows what a build refers to. As Nix does, it looks
 * at the last byte of 32 first, and where that is no base32 goes on behind it: most bytes are never looked at. Whatever the
 * bytes, it is a few steps for each.
 */
export class ReferenceScan {
  readonly #wanted: ReadonlySet<string>
  readonly #ends: Uint8Array
  /** The base32 with which the bytes so far end, and room for what may complete a part. */
  readonly #border = Buffer.alloc(2 * MOST_KEPT)
  #kept = 0
  readonly found = new Set<string>()

  constructor(hashParts: ReadonlySet<string>) {
    this.#wanted = hashParts
    this.#ends = endsOf(hashParts)
  }

  update(bytes: Uint8Array): void {
    if (this.#kept > 0) {
      const start = bytes.subarray(0, MOST_KEPT)
      this.#border.set(start, this.#kept)
      this.#scan(this.#border.subarray(0, this.#kept + start.length))
    }
    this.#scan(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    this.#keep(bytes)
  }

  #scan(bytes: Buffer): void {
    // No byte from `start` up to here has to be looked at again: they are all base32.
    let known = 0
    for (let start = 0, end = LENGTH; end <= bytes.length; end = start + LENGTH) {
      let at = end - 1
      while (at >= known && VALUES[bytes[at]!]! >= 0) at--
      const isPart = at < known
      start = isPart ? this.#run(bytes, end) : at + 1
      known = isPart ? start : end
    }
  }

  /** All that could be a part, from the one that ends at `end` on as far as base32 goes. Gives where the next can begin. */
  #run(bytes: Buffer, end: number): number {
    const ends = this.#ends
    let at = end - 1
    let code = (VALUES[bytes[at - 2]!]! << 5) | VALUES[bytes[at - 1]!]!
    for (; at < bytes.length; at++) {
      const value = VALUES[bytes[at]!]!
      if (value < 0) break
      code = ((code << 5) | value) & 0x7fff
      if (ends[code] === 0) continue
      const candidate = bytes.toString('latin1', at - LENGTH + 1, at + 1)
      if (this.#wanted.has(candidate)) this.found.add(candidate)
    }
    return at + 1
  }

  /** A part may begin in one piece and end in the next, or in one behind it. */
  #keep(bytes: Uint8Array): void {
    const least = Math.max(0, bytes.length - MOST_KEPT)
    let from = bytes.length
    while (from > least && VALUES[bytes[from - 1]!]! >= 0) from--
    // A piece that is short and nothing else goes on where the one before it ended.
    const before = from === 0 ? Math.min(this.#kept, MOST_KEPT - bytes.length) : 0
    this.#border.copyWithin(0, this.#kept - before, this.#kept)
    this.#border.set(bytes.subarray(from), before)
    this.#kept = before + bytes.length - from
  }
}

/** Made once for all the paths that are looked through for the same parts. */
const ENDS = new WeakMap<ReadonlySet<string>, Uint8Array>()

/** By the last three characters: whether a wanted part ends so. Few candidates have to be looked up then. */
function endsOf(hashParts: ReadonlySet<string>): Uint8Array {
  const made = ENDS.get(hashParts)
  if (made !== undefined) return made
  const ends = new Uint8Array(1 << 15)
  for (const part of hashParts) {
    const end = [...part.slice(-3)].reduce((code, character) => (code << 5) | VALUES[character.charCodeAt(0)]!, 0)
    ends[end] = 1
  }
  ENDS.set(hashParts, ends)
  return ends
}
