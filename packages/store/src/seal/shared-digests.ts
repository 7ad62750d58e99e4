import type { FileStat } from '@firn/nix/tree'

/** Digests that are kept; what comes later is hashed again. 20 MB of shared memory. */
const SLOTS = 1 << 18
const PROBES = 32
/** Inode, device, size, change time. */
const KEY = 4
const DIGEST = 32

/** Memory that all workers share. */
export interface DigestMemory {
  /** 0 free, 1 being written, 2 there. */
  readonly states: Int32Array
  readonly keys: Float64Array
  readonly digests: Uint8Array
}

export function newDigestMemory(): DigestMemory {
  return {
    states: new Int32Array(new SharedArrayBuffer(SLOTS * 4)),
    keys: new Float64Array(new SharedArrayBuffer(SLOTS * KEY * 8)),
    digests: new Uint8Array(new SharedArrayBuffer(SLOTS * DIGEST)),
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
    const { states, keys, digests } = this.#memory
    for (let probe = 0, slot = slotOf(stat); probe < PROBES; probe++, slot = (slot + 1) % SLOTS) {
      const state = Atomics.load(states, slot)
      if (state === 0) return undefined
      if (state === 2 && isOf(keys, slot, stat)) return Buffer.from(digests.slice(slot * DIGEST, (slot + 1) * DIGEST))
    }
    return undefined
  }

  add(stat: FileStat, digest: Uint8Array): void {
    const { states, keys, digests } = this.#memory
    for (let probe = 0, slot = slotOf(stat); probe < PROBES; probe++, slot = (slot + 1) % SLOTS) {
      if (Atomics.compareExchange(states, slot, 0, 1) !== 0) continue
      keys.set([stat.ino, stat.dev, stat.size, stat.ctimeMs], slot * KEY)
      digests.set(digest, slot * DIGEST)
      Atomics.store(states, slot, 2)
      return
    }
  }
}

function isOf(keys: Float64Array, slot: number, { ino, dev, size, ctimeMs }: FileStat): boolean {
  const at = slot * KEY
  return keys[at] === ino && keys[at + 1] === dev && keys[at + 2] === size && keys[at + 3] === ctimeMs
}

function slotOf({ ino }: FileStat): number {
  return (Math.imul(ino % 0x1_0000_0000, 0x9e37_79b1) >>> 0) % SLOTS
}
