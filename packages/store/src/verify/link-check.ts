import { type BytePath, encodeBase32, textOfBytePath } from '@firn/nix/tree'
import type { Fault } from './finding.ts'
import type { LinkName } from './link-names.ts'
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

/**
 * Which names have to be hashed. One whose inode is that of a file in a store path that was just found to be whole cannot
 * hold foreign contents, unless another name has that inode too: then all but one of them lie.
 */
export class LinkSort {
  readonly #whole: ReadonlySet<number>
  readonly #seen = new Set<number>()
  readonly #doubles = new Set<number>()
  readonly toHash: BytePath[] = []
  names = 0

  constructor(whole: ReadonlySet<number>) {
    this.#whole = whole
  }

  add({ name, inode }: LinkName): void {
    this.names++
    if (!this.#isKnown(inode)) this.toHash.push(name)
    else if (this.#seen.has(inode)) this.#doubles.add(inode)
    else this.#seen.add(inode)
  }

  /** Whether `addDouble` has to be told of all names once more. */
  get hasDoubles(): boolean {
    return this.#doubles.size > 0
  }

  addDouble({ name, inode }: LinkName): void {
    if (this.#doubles.has(inode)) this.toHash.push(name)
  }

  /** What a double cannot hold exactly might be taken for another inode. */
  #isKnown(inode: number): boolean {
    return inode > 0 && Number.isSafeInteger(inode) && this.#whole.has(inode)
  }
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
