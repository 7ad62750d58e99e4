import { lstatSync } from 'node:fs'
import { type BytePath, bytes, encodeBase32, textOfBytePath } from '@firn/nix/tree'
import type { Fault } from './finding.ts'
import type { PathChecker } from './path-check.ts'
import { shellWord } from './shell-word.ts'

/** `.links` has one name for each file of an optimised store, its hash; whatever is added later becomes a link to it. */
export const LINKS = '.links'

/** Inodes in shared memory, so that each worker can look them up. Linear probing; inode 0 is none. */
export class InodeSet {
  readonly table: Float64Array

  constructor(table: Float64Array) {
    this.table = table
  }

  static of(inodes: Iterable<number>, count: number): InodeSet {
    let size = 16
    while (size < count * 2) size *= 2
    const set = new InodeSet(new Float64Array(new SharedArrayBuffer(size * 8)))
    for (const inode of inodes) set.#add(inode)
    return set
  }

  has(inode: number): boolean {
    return inode > 0 && this.table[this.#slot(inode)] === inode
  }

  #add(inode: number): void {
    // What a double cannot hold exactly might be taken for another inode: it is hashed instead.
    if (Number.isSafeInteger(inode) && inode > 0) this.table[this.#slot(inode)] = inode
  }

  #slot(inode: number): number {
    const mask = this.table.length - 1
    let slot = (Math.imul(inode % 0x1_0000_0000, 0x9e37_79b1) >>> 5) & mask
    while (this.table[slot] !== 0 && this.table[slot] !== inode) slot = (slot + 1) & mask
    return slot
  }
}

/** Names of `.links` to check. */
export interface LinkTask {
  readonly folder: BytePath
  readonly names: readonly string[]
}

export interface LinkResult {
  /** Names whose contents were hashed; the others are files of store paths that were. */
  readonly hashed: number
  readonly bytes: number
  readonly faults: readonly { readonly name: string; readonly fault: Fault }[]
  /** The inode of each name that was not hashed, in order with `known`: no file has two names here. */
  readonly inodes: readonly number[]
  readonly known: readonly string[]
}

/**
 * Each name is the hash of what it holds. A name whose inode is that of a file in a store path that was just found to be
 * whole cannot hold foreign contents, and is not read again; every other one is.
 */
export function* checkLinks(
  { folder, names }: LinkTask,
  known: InodeSet | undefined,
  checker: PathChecker,
): Generator<undefined, LinkResult, undefined> {
  const faults: { name: string; fault: Fault }[] = []
  const inodes: number[] = []
  const trusted: string[] = []
  let [hashed, bytes] = [0, 0]
  for (const name of names) {
    const place = `${folder}/${name}`
    const inode = inodeOf(place)
    if (inode === undefined) continue
    if (known?.has(inode) === true) {
      inodes.push(inode)
      trusted.push(name)
      continue
    }
    const result = yield* checker.check({ place, size: 0 })
    if (result.failure?.code === 'ENOENT') continue
    hashed++
    bytes += result.narSize
    for (const fault of result.faults) faults.push({ name, fault })
    const fault = judgeLink(name, place, result.narHash, result.failure?.why)
    if (fault !== undefined) faults.push({ name, fault })
  }
  return { hashed, bytes, faults, inodes, known: trusted }
}

/** Names that share an inode: all but one of them lie. */
export function doubleNames(results: readonly LinkResult[]): string[] {
  const first = new Map<number, string>()
  const double = new Set<string>()
  for (const { inodes, known } of results) {
    for (const [at, inode] of inodes.entries()) {
      const other = first.get(inode)
      if (other === undefined) first.set(inode, known[at]!)
      else double.add(other).add(known[at]!)
    }
  }
  return [...double].sort()
}

function judgeLink(
  name: string,
  place: BytePath,
  narHash: string | undefined,
  why: string | undefined,
): Fault | undefined {
  const repair = [`rm -f ${shellWord(textOfBytePath(place))}`]
  if (narHash === undefined) {
    return {
      rule: 'store/unreadable',
      level: 'error',
      message: `cannot be read: ${why}`,
      evidence: [textOfBytePath(place)],
      repair,
    }
  }
  const found = encodeBase32(Buffer.from(narHash, 'hex'))
  if (found === name) return undefined
  return {
    rule: 'store/link-poisoned',
    level: 'error',
    message: 'does not hold what its name says: the next file with that hash would silently be replaced by it',
    evidence: [textOfBytePath(place), `contents: ${found}`],
    repair,
  }
}

/** Undefined: it is gone, as garbage collection takes links away at any time. 0: who reads it will tell what is wrong. */
function inodeOf(place: BytePath): number | undefined {
  try {
    return lstatSync(bytes(place)).ino
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 0
  }
}
