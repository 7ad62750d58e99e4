import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { type BytePath, bytes, bytesInside } from '@firn/nix/tree'
import { isUntouched, RECORD, STATE, STATE_AT } from '../seal/stat-record.ts'
import { attempt } from '../verify/read-failure.ts'

/** More directories in each other than a NAR may have. */
const MAX_DEPTH = 1024
const NAMES = { encoding: 'latin1' } as const
const STAT = { bigint: false, throwIfNoEntry: false } as const

/** What a walk over an untouched tree counts. */
export interface Untouched {
  readonly files: number
  /** Files that were never read. */
  readonly unread: number
}

/**
 * Stat everything in a tree, in the order of a NAR, beside what was remembered of it; nothing is opened. Undefined as soon
 * as anything is not as it was, or could change without its times telling, or cannot be walked.
 */
export function walkUntouched(root: BytePath, known: Float64Array): Untouched | undefined {
  const walk = new Walk(known)
  try {
    return walk.visit(root, bytes(root), 1) && walk.at === known.length ? walk : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return undefined
  }
}

class Walk implements Untouched {
  readonly #known: Float64Array
  at = 0
  files = 0
  unread = 0

  constructor(known: Float64Array) {
    this.#known = known
  }

  /** `path` is `place` as Node takes it. */
  visit(place: BytePath, path: string | Buffer, depth: number): boolean {
    const known = this.#known
    const { at } = this
    const stat = lstatSync(path, STAT)
    const state = known[at + STATE_AT]
    if (stat === undefined || state === STATE.racy || !isUntouched(known, at, stat)) return false
    this.at = at + RECORD
    if (stat.isFile()) {
      this.files++
      if (state === STATE.unread) this.unread++
    }
    if (!stat.isDirectory()) return true
    if (depth > MAX_DEPTH) return false
    const names = readdirSync(path, NAMES).sort()
    for (const name of names) {
      const inside = `${place}/${name}`
      if (!this.visit(inside, bytesInside(path, inside, name), depth + 1)) return false
    }
    return true
  }
}

export function statOf(place: BytePath): Stats {
  return attempt(place, () => lstatSync(bytes(place)))
}

/** In byte order. */
export function namesOf(place: BytePath): BytePath[] {
  return attempt(place, () => readdirSync(bytes(place), NAMES)).sort()
}
