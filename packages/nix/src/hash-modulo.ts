import { createHash, type Hash as Digester } from 'node:crypto'
import type { HashAlgorithm } from './hash.ts'

/**
 * Hashes what names itself: a path addressed by its content holds its own hash part, which cannot be known before
 * hashing. So Nix reads zeros in its place and hashes, after all else, `|OFFSET` for each place, in decimal. Streams;
 * keeps one hash part and the offsets.
 */
export class HashModulo {
  readonly #digester: Digester
  readonly #modulus: Buffer
  readonly #matches: number[] = []
  #held = Buffer.alloc(0)
  /** Bytes before #held. */
  #before = 0

  /** `hashPart`: the 32 characters of the path's own hash. */
  constructor(algorithm: HashAlgorithm, hashPart: string) {
    this.#digester = createHash(algorithm)
    this.#modulus = Buffer.from(hashPart, 'latin1')
  }

  update(bytes: Uint8Array): void {
    const window = Buffer.concat([this.#held, bytes])
    for (let at = window.indexOf(this.#modulus); at >= 0; at = window.indexOf(this.#modulus, at)) {
      this.#matches.push(this.#before + at)
      window.fill(0, at, at + this.#modulus.length)
    }
    const ready = Math.max(0, window.length - this.#modulus.length + 1)
    this.#digester.update(window.subarray(0, ready))
    this.#held = Buffer.from(window.subarray(ready))
    this.#before += ready
  }

  digest(): Uint8Array {
    this.#digester.update(this.#held)
    for (const match of this.#matches) this.#digester.update(`|${match}`)
    return this.#digester.digest()
  }
}
