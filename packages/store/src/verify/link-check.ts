import { type BytePath, encodeBase32, textOfBytePath } from '@firn/nix/tree'
import type { Fault } from './finding.ts'
import type { PathChecker } from './path-check.ts'
import { shellWord } from './shell-word.ts'

/** `.links` has one name for each file of an optimised store, its hash; whatever is added later becomes a link to it. */
export const LINKS = '.links'

/** Names of `.links` to hash. */
export interface LinkTask {
  readonly folder: BytePath
  readonly names: readonly BytePath[]
  /** The largest NAR of a path in this store: nothing that was linked is larger. */
  readonly largest: number
}

export interface LinkResult {
  readonly hashed: number
  readonly faults: readonly { readonly name: BytePath; readonly fault: Fault }[]
}

/** What is known of an inode: that a name has it; that several have; that one has, and a path that is whole. */
const [NAMED, DOUBLE, WHOLE] = [1, 2, 3]

/**
 * Which names have to be hashed. One whose inode is that of a file in a store path that was just found to be whole cannot
 * hold foreign contents, unless another name has that inode too: then all but one of them lie.
 */
export class LinkSort {
  /** Linear probing, as a Map takes ten times as long for as many inodes; 0: free. */
  readonly #inodes: Float64Array
  readonly #states: Uint8Array
  readonly names: number
  /** How many names have to be hashed, by what is known so far. */
  suspects: number

  /** `inodes`: one for each name. */
  constructor(inodes: readonly number[]) {
    let size = 16
    while (size < inodes.length * 2) size *= 2
    this.#inodes = new Float64Array(size)
    this.#states = new Uint8Array(size)
    this.names = inodes.length
    this.suspects = inodes.length
    for (const inode of inodes) {
      if (!isExact(inode)) continue
      const slot = this.#slot(inode)
      this.#states[slot] = this.#inodes[slot] === inode ? DOUBLE : NAMED
      this.#inodes[slot] = inode
    }
  }

  /** To be told of the inodes of a path that was found whole; more than once does no harm. */
  foundWhole(inodes: readonly number[]): void {
    for (const inode of inodes) {
      if (!isExact(inode)) continue
      const slot = this.#slot(inode)
      if (this.#states[slot] !== NAMED) continue
      this.#states[slot] = WHOLE
      this.suspects--
    }
  }

  /** Whether a name with that inode has to be hashed. */
  isSuspect(inode: number): boolean {
    return !isExact(inode) || this.#states[this.#slot(inode)] !== WHOLE
  }

  /** Where an inode is, or would be. */
  #slot(inode: number): number {
    const mask = this.#inodes.length - 1
    let slot = (Math.imul(inode % 0x1_0000_0000, 0x9e37_79b1) >>> 5) & mask
    while (this.#inodes[slot] !== 0 && this.#inodes[slot] !== inode) slot = (slot + 1) & mask
    return slot
  }
}

/** What a double cannot hold exactly might be taken for another inode. */
function isExact(inode: number): boolean {
  return Number.isSafeInteger(inode) && inode > 0
}

/** Whether each name is the hash of what it holds. */
export function* checkLinks(
  { folder, names, largest }: LinkTask,
  checker: PathChecker,
): Generator<undefined, LinkResult, undefined> {
  const faults: { name: BytePath; fault: Fault }[] = []
  let hashed = 0
  for (const name of names) {
    const place = `${folder}/${name}`
    const { failure, narHash, faults: found } = yield* checker.check({ place, size: largest })
    // Garbage collection takes links away at any time.
    if (failure?.code === 'ENOENT') continue
    hashed++
    for (const fault of found) faults.push({ name, fault })
    const why = failure?.kind === 'large' ? 'it is larger than any path of this store' : failure?.why
    const fault = judgeLink(name, place, narHash, why)
    if (fault !== undefined) faults.push({ name, fault })
  }
  return { hashed, faults }
}

function judgeLink(
  name: BytePath,
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
