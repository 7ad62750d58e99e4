import type { FileStat } from '@firn/nix/tree'

/**
 * Numbers for each file, link and directory, in the order of a NAR: what stat says, and how far it may be believed. The
 * device is not among them, as its number may be another after each start.
 */
export const RECORD = 8
/** Where in a record its last number is: one of `STATE`. */
export const STATE_AT = 7
export const STATE = {
  /** Not read yet. */
  unread: 0,
  /** Read, and found to be what was sealed. */
  good: 1,
  /** The same, but touched so shortly before that it could change again without its times telling. */
  racy: 2,
} as const

/** File systems keep times by the tick, some by the second, FAT by two. */
const RACY_MS = 2000

/** Gathers records while a tree is walked, in memory that is kept for the next tree. */
export class StatRecords {
  #numbers = new Float64Array(RECORD * 64)
  #used = 0

  clear(): void {
    this.#used = 0
  }

  /** `state`: undefined when what was looked at was read just now. */
  add(stat: FileStat, state?: number): void {
    if (this.#used + RECORD > this.#numbers.length) {
      const larger = new Float64Array(this.#numbers.length * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    const at = this.#used
    const numbers = this.#numbers
    numbers[at] = stat.ino
    numbers[at + 1] = stat.size
    numbers[at + 2] = stat.mode
    numbers[at + 3] = stat.uid
    numbers[at + 4] = stat.gid
    numbers[at + 5] = stat.mtimeMs
    numbers[at + 6] = stat.ctimeMs
    numbers[at + STATE_AT] = state ?? stateNow(stat)
    this.#used += RECORD
  }

  /** All of them, in memory of their own. */
  copy(): Float64Array<ArrayBuffer> {
    return this.#numbers.slice(0, this.#used)
  }
}

/** A change time in the future is as good as none: the clock was set back. */
export function stateNow({ ctimeMs }: FileStat, now = Date.now()): number {
  return ctimeMs > now - RACY_MS ? STATE.racy : STATE.good
}

/** Whether what was remembered from `at` on is of the same file, untouched since. */
export function isUntouched(known: Float64Array, at: number, stat: FileStat): boolean {
  return (
    known[at] === stat.ino &&
    known[at + 1] === stat.size &&
    known[at + 2] === stat.mode &&
    known[at + 3] === stat.uid &&
    known[at + 4] === stat.gid &&
    known[at + 5] === stat.mtimeMs &&
    known[at + 6] === stat.ctimeMs
  )
}
