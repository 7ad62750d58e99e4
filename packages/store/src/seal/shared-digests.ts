import type { FileStat } from '@firn/nix/tree'

/** Digests that are kept; what comes later is hashed again. 19 MB of shared memory, of which only what is filled is used. */
const ENTRIES = 1 << 18
/** So many that few inodes want the same. */
const SLOTS = ENTRIES * 2
const PROBES = 32
/** Inode, device, size, change time. */
const KEY = 4
const DIGEST = 32

/** Memory that all workers share. */
export interface DigestMemory {
  /** By inode: the number of its entry, from 1 on; 0: none. */
  readonly slots: Int32Array
  /** How many entries were begun. */
  readonly used: Int32Array
  /** Entries, one behind the other, so that a store that shares little touches little. */
  readonly keys: Float64Array
  readonly digests: Uint8Array
}

export function newDigestMemory(): DigestMemory {
  return {
    slots: new Int32Array(new SharedArrayBuffer(SLOTS * 4)),
    used: new Int32Array(new SharedArrayBuffer(4)),
    keys: new Float64Array(new SharedArrayBuffer(ENTRIES * KEY * 8)),
    digests: new Uint8Array(new SharedArrayBuffer(ENTRIES * DIGEST)),
  }
}

/**
 * The fs-verity digests of files with several names, so that no inode is hashed twice. A file that was touched in between
 * has another change time and is hashed again; what each path as a whole holds is bound by its NAR hash in any case.
 */
export class SharedDigests {
  readonly #memory: DigestMemory

  constructor(memory: DigestMemory) {
    this.#memory = memory
  }

  find(stat: FileStat): Buffer | undefined {
    const { slots, keys, digests } = this.#memory
    for (let probe = 0, slot = slotOf(stat); probe < PROBES; probe++, slot = (slot + 1) % SLOTS) {
      const entry = Atomics.load(slots, slot) - 1
      if (entry < 0) return undefined
      if (isOf(keys, entry, stat)) return Buffer.from(digests.subarray(entry * DIGEST, (entry + 1) * DIGEST))
    }
    return undefined
  }

  add(stat: FileStat, digest: Uint8Array): void {
    const { slots, used, keys, digests } = this.#memory
    const entry = Atomics.add(used, 0, 1)
    if (entry >= ENTRIES) return
    keys.set([stat.ino, stat.dev, stat.size, stat.ctimeMs], entry * KEY)
    digests.set(digest, entry * DIGEST)
    // Only now may anybody see it.
    for (let probe = 0, slot = slotOf(stat); probe < PROBES; probe++, slot = (slot + 1) % SLOTS) {
      if (Atomics.compareExchange(slots, slot, 0, entry + 1) === 0) return
    }
  }
}

function isOf(keys: Float64Array, entry: number, { ino, dev, size, ctimeMs }: FileStat): boolean {
  const at = entry * KEY
  return keys[at] === ino && keys[at + 1] === dev && keys[at + 2] === size && keys[at + 3] === ctimeMs
}

function slotOf({ ino }: FileStat): number {
  return (Math.imul(ino % 0x1_0000_0000, 0x9e37_79b1) >>> 0) % SLOTS
}
