/** The 32 characters of Nix base32. */
const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz'
const LENGTH = 32
const VALUES = new Int8Array(256).fill(-1)
for (const [value, character] of [...ALPHABET].entries()) VALUES[character.charCodeAt(0)] = value

/**
 * Finds the hash parts of store paths in bytes that stream by: so Nix knows what a build refers to. One pass, a few
 * steps a byte, whatever the bytes.
 */
export class ReferenceScan {
  readonly #wanted: ReadonlySet<string>
  /** By the last three characters of each wanted part, so that few candidates are looked up. */
  readonly #ends = new Uint8Array(1 << 15)
  #tail = Buffer.alloc(0)
  readonly found = new Set<string>()

  constructor(hashParts: ReadonlySet<string>) {
    this.#wanted = hashParts
    for (const part of hashParts) {
      const end = [...part.slice(-3)].reduce((code, character) => (code << 5) | VALUES[character.charCodeAt(0)]!, 0)
      this.#ends[end] = 1
    }
  }

  update(bytes: Uint8Array): void {
    // A part may begin in one piece and end in the next.
    if (this.#tail.length > 0) this.#scan(Buffer.concat([this.#tail, bytes.subarray(0, LENGTH - 1)]))
    this.#scan(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    const keep =
      bytes.length >= LENGTH ? bytes.subarray(1 - LENGTH) : Buffer.concat([this.#tail, bytes]).subarray(1 - LENGTH)
    this.#tail = Buffer.from(keep)
  }

  #scan(bytes: Buffer): void {
    const ends = this.#ends
    let run = 0
    let code = 0
    for (let at = 0; at < bytes.length; at++) {
      const value = VALUES[bytes[at]!]!
      if (value < 0) {
        run = 0
        continue
      }
      code = ((code << 5) | value) & 0x7fff
      if (++run < LENGTH || ends[code] === 0) continue
      const candidate = bytes.toString('latin1', at - LENGTH + 1, at + 1)
      if (this.#wanted.has(candidate)) this.found.add(candidate)
    }
  }
}
