import { hash } from 'node:crypto'
import type { ByteSource } from '@firn/core'

/** What the kernel's fs-verity knows a file by: SHA-256, blocks of 4096 bytes (linux/fsverity.h, Documentation/filesystems/fsverity.rst). */
export interface FsVerity {
  readonly size: number
  /** Of the Merkle tree over the contents; 32 zero bytes when the file is empty. */
  readonly root: Uint8Array
  /** Of the descriptor, which binds size, salt and root: what `fsverity digest` prints and FS_IOC_MEASURE_VERITY gives. */
  readonly digest: Buffer
}

const BLOCK = 4096
const LOG_BLOCK = 12
const DIGEST = 32
/** SHA-256 takes its input in blocks of this size, and the salt fills whole ones. */
const SALT_UNIT = 64
const MAX_SALT = 32
const VERSION = 1
const SHA256 = 1
/**
 * One-shot hashing into a string is the way of node:crypto that makes the fewest objects; the length is given since
 * without it each call looks whether this is an algorithm that needs one.
 */
const ONE_SHOT = { outputEncoding: 'latin1', outputLength: DIGEST } as const

/** The hashes of one level of the tree that do not fill a block yet, the last in `used`. */
interface Level {
  readonly block: Buffer
  used: number
}

/**
 * Computes a file's fs-verity digest while its bytes pass by. Memory: a block a level, five levels for terabytes. One can
 * be used for file after file, with `reset` in between: most files are so small that its blocks would cost more than they.
 */
export class FsVerityHasher {
  readonly #salt: Uint8Array
  /** Where a salted block is put together: the salt comes first. Empty without a salt: nothing is copied then. */
  readonly #salted: Buffer
  readonly #levels: Level[] = []
  /** Levels that this file has; those above are an earlier file's. */
  #depth = 0
  /** The block that is not full yet, made when first needed. */
  #rest: Buffer | undefined
  #restUsed = 0
  #size = 0
  readonly #descriptorBytes = Buffer.alloc(256)

  /** `salt`: at most 32 bytes; none by default, as by `fsverity enable`. */
  constructor(salt: Uint8Array = new Uint8Array()) {
    if (salt.length > MAX_SALT) throw new RangeError(`a salt of ${salt.length} bytes: fs-verity takes ${MAX_SALT}`)
    this.#salt = salt
    this.#salted = Buffer.alloc(salt.length === 0 ? 0 : SALT_UNIT + BLOCK)
    this.#salted.set(salt)
  }

  update(bytes: Uint8Array): void {
    this.#size += bytes.length
    let at = 0
    if (this.#restUsed > 0) {
      at = this.#keep(bytes, 0)
      if (this.#restUsed < BLOCK) return
      this.#push(0, this.#hash(this.#rest!))
      this.#restUsed = 0
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#push(0, this.#hash(bytes.subarray(at, at + BLOCK)))
    if (at < bytes.length) this.#keep(bytes, at)
  }

  /** Begin with another file. */
  reset(): void {
    for (let depth = 0; depth < this.#depth; depth++) this.#levels[depth]!.used = 0
    this.#depth = 0
    this.#restUsed = 0
    this.#size = 0
  }

  /** The digest of all that passed by. Once; nothing can follow but `reset`. */
  digest(): FsVerity {
    if (this.#restUsed > 0) this.#push(0, this.#hash(this.#rest!.fill(0, this.#restUsed)))
    const root = this.#root()
    return { size: this.#size, root, digest: Buffer.from(hash('sha256', this.#descriptor(root), ONE_SHOT), 'latin1') }
  }

  /** Bytes from `at` on into the block that is not full; gives where it stopped. */
  #keep(bytes: Uint8Array, at: number): number {
    const length = Math.min(BLOCK - this.#restUsed, bytes.length - at)
    this.#rest ??= Buffer.allocUnsafe(BLOCK)
    this.#rest.set(bytes.subarray(at, at + length), this.#restUsed)
    this.#restUsed += length
    return at + length
  }

  #hash(block: Uint8Array): string {
    if (this.#salted.length === 0) return hash('sha256', block, ONE_SHOT)
    this.#salted.set(block, SALT_UNIT)
    return hash('sha256', this.#salted, ONE_SHOT)
  }

  #push(depth: number, digest: string): void {
    this.#levels[depth] ??= { block: Buffer.allocUnsafe(BLOCK), used: 0 }
    if (depth === this.#depth) this.#depth++
    const level = this.#levels[depth]
    level.block.write(digest, level.used, 'latin1')
    level.used += DIGEST
    if (level.used < BLOCK) return
    level.used = 0
    this.#push(depth + 1, this.#hash(level.block))
  }

  /** What is left of each level goes up, padded with zeros, until one hash stands for all. */
  #root(): Uint8Array {
    if (this.#size === 0) return new Uint8Array(DIGEST)
    for (let depth = 0; ; depth++) {
      const { block, used } = this.#levels[depth]!
      const isTop = depth === this.#depth - 1
      if (isTop && used === DIGEST) return Uint8Array.prototype.slice.call(block, 0, DIGEST)
      if (used > 0) this.#push(depth + 1, this.#hash(block.fill(0, used)))
    }
  }

  /** struct fsverity_descriptor: 256 bytes. */
  #descriptor(root: Uint8Array): Buffer {
    const bytes = this.#descriptorBytes
    bytes.set([VERSION, SHA256, LOG_BLOCK, this.#salt.length])
    bytes.writeUInt32LE(this.#size % 0x1_0000_0000, 8)
    bytes.writeUInt32LE(Math.floor(this.#size / 0x1_0000_0000), 12)
    bytes.set(root, 16)
    bytes.set(this.#salt, 80)
    return bytes
  }
}

/** The fs-verity digest of all bytes of a source. */
export function fsVerityDigest(source: ByteSource, salt?: Uint8Array): FsVerity {
  const hasher = new FsVerityHasher(salt)
  for (const chunk of source.chunks(0, source.size)) hasher.update(chunk)
  return hasher.digest()
}
