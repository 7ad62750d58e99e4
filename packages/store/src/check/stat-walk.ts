import { lstatSync, readdirSync, type Stats } from 'node:fs'
import {
  type BytePath,
  bytes,
  type EntryKind,
  type FileStat,
  type Folder,
  kindOf,
  TreeError,
  treeAccess,
} from '@firn/nix/tree'
import { isUntouched, RECORD, STATE, STATE_AT } from '../seal/stat-record.ts'
import { attempt } from '../verify/read-failure.ts'

/** More directories in each other than a NAR may have. */
const MAX_DEPTH = 1024
const NAMES = { encoding: 'latin1' } as const
/** No file is read. */
const access = treeAccess(Buffer.alloc(0))

/** What a walk over an untouched tree counts. */
export interface Untouched {
  readonly files: number
  /** Files that were never read. */
  readonly unread: number
}

/**
 * Stat everything in a tree, in the order of a NAR, beside what was remembered of it; no file is opened. Undefined as soon
 * as anything is not as it was, or could change without its times telling, or cannot be walked.
 */
export function walkUntouched(root: BytePath, known: Float64Array): Untouched | undefined {
  const walk = new Walk(known)
  try {
    const kind = kindOf(access.look(undefined, root))
    return walk.visit(undefined, root, kind, 1) && walk.at === known.length ? walk : undefined
  } catch (error) {
    if (!(error instanceof TreeError)) throw error
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

  /** `kind`: what its directory says of it; its mode is compared as well. */
  visit(within: Folder | undefined, name: BytePath, kind: EntryKind, depth: number): boolean {
    if (kind === 'directory') return depth <= MAX_DEPTH && this.#directory(access.enter(within, name), depth)
    if (!this.#isUntouched(access.look(within, name))) return false
    if (kind === 'file') {
      this.files++
      if (this.#known[this.at - RECORD + STATE_AT] === STATE.unread) this.unread++
    }
    return true
  }

  #directory(folder: Folder, depth: number): boolean {
    try {
      if (!this.#isUntouched(folder.stat)) return false
      for (const { name, kind } of access.entries(folder)) if (!this.visit(folder, name, kind, depth + 1)) return false
      return true
    } finally {
      access.leave(folder)
    }
  }

  /** Whether the next record is of this, and it is as it was. */
  #isUntouched(stat: FileStat): boolean {
    const known = this.#known
    const { at } = this
    if (known[at + STATE_AT] === STATE.racy || !isUntouched(known, at, stat)) return false
    this.at = at + RECORD
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
