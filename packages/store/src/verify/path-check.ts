import { createHash } from 'node:crypto'
import { FsVerityHasher } from '@firn/image/fs-verity'
import { type BytePath, TreeError, TreeReader, type TreeWatcher, textOfBytePath } from '@firn/nix/tree'
import { GrowingText } from '../seal/growing-text.ts'
import { type SealedTree, SealWatcher } from '../seal/seal-watcher.ts'
import { type DigestMemory, SharedDigests } from '../seal/shared-digests.ts'
import type { ContentPlan } from './content-check.ts'
import type { Fault } from './finding.ts'
import { type ReadFailure, readFailure } from './read-failure.ts'
import { ReferenceScan } from './reference-scan.ts'
import { secondHash } from './second-hash.ts'
import { type Ownership, TreeFacts } from './tree-facts.ts'

/** A path may be larger than its record says, so that its hash can be told; hours of a sparse file are not read. */
const SLACK = 1 << 26
class TooLarge extends Error {}

/** One store path to be read. */
export interface PathTask {
  readonly place: BytePath
  /** Bytes of its NAR, as far as it is known. */
  readonly size: number
  /** A second hash for its content address. */
  readonly plan?: ContentPlan
}

/** What reading a store path told. */
export interface PathResult {
  /** Base16 SHA-256 of the NAR; undefined when it could not be read to its end. */
  readonly narHash?: string
  readonly narSize: number
  /** Base16, as the plan asked. */
  readonly second?: string
  /** It is one plain file. */
  readonly isFile: boolean
  readonly files: number
  /** What is wrong with modes, owners, times, attributes. */
  readonly faults: readonly Fault[]
  /** Why it could not be read. */
  readonly failure?: ReadFailure
  /** Inodes with more than one name. */
  readonly shared: readonly number[]
  /** When a file of one name was last touched; milliseconds, 0: none. */
  readonly touched: number
  /** Hash parts of store paths that are in the contents. */
  readonly references?: readonly string[]
  /** What a seal says of it. */
  readonly sealed?: SealedTree
}

export interface CheckSettings {
  readonly owner: Ownership
  /** Whether extended attributes are asked for with each file. */
  readonly xattrs: boolean
  /** Hash parts to look for in the contents. */
  readonly hashParts?: ReadonlySet<string>
  /** Make what a seal needs of the same reading. */
  readonly seal?: DigestMemory
}

/**
 * Reads store paths, one after the other, with one buffer, and pauses now and then. `count` is told of bytes as they are
 * read.
 */
export class PathChecker {
  readonly #reader = new TreeReader()
  readonly #settings: CheckSettings
  readonly #count: (bytes: number) => void
  readonly #digests: SharedDigests | undefined
  readonly #hasher = new FsVerityHasher()
  readonly #text = new GrowingText()

  constructor(settings: CheckSettings, count: (bytes: number) => void) {
    this.#settings = settings
    this.#digests = settings.seal === undefined ? undefined : new SharedDigests(settings.seal)
    this.#count = count
  }

  *check({ place, size, plan }: PathTask): Generator<undefined, PathResult, undefined> {
    const { owner, xattrs, hashParts } = this.#settings
    const hash = createHash('sha256')
    const second = plan === undefined ? undefined : secondHash(plan)
    const scan = hashParts === undefined ? undefined : new ReferenceScan(hashParts)
    const facts = new TreeFacts(owner, xattrs)
    const seal = this.#digests === undefined ? undefined : new SealWatcher(this.#digests, this.#hasher, this.#text)
    const watcher = watchers(facts, seal, second?.contents)
    let narSize = 0
    const most = size === 0 ? Number.POSITIVE_INFINITY : size * 2 + SLACK
    const sink = (bytes: Uint8Array) => {
      hash.update(bytes)
      second?.nar?.(bytes)
      scan?.update(bytes)
      narSize += bytes.length
      this.#count(bytes.length)
      if (narSize > most) throw new TooLarge()
    }
    let failure: ReadFailure | undefined
    try {
      yield* this.#reader.steps(place, sink, watcher)
    } catch (error) {
      if (error instanceof TooLarge)
        failure = { kind: 'large', place: textOfBytePath(place), atRoot: true, why: `${narSize} bytes and more` }
      else if (error instanceof TreeError) failure = readFailure(error, place)
      else throw error
    }
    return {
      ...(failure === undefined ? { narHash: hash.digest('hex') } : { failure }),
      narSize,
      ...(failure === undefined && second !== undefined && { second: second.digest() }),
      isFile: facts.isFile,
      files: facts.files,
      faults: facts.faults(place),
      shared: facts.shared,
      touched: facts.touched,
      ...(scan !== undefined && { references: [...scan.found] }),
      ...(failure === undefined && seal !== undefined && { sealed: seal.end() }),
    }
  }
}

/** One watcher of those that want to see a tree; what nobody asks for is not told. */
function watchers(
  facts: TreeFacts,
  seal: SealWatcher | undefined,
  contents?: (bytes: Uint8Array) => void,
): TreeWatcher {
  if (seal === undefined && contents === undefined) return facts
  return {
    directory: (place, stat, file) => {
      facts.directory(place, stat, file)
      seal?.directory(place, stat)
    },
    leave: () => seal?.leave(),
    file: (place, stat, file) => {
      facts.file(place, stat, file)
      seal?.file(place, stat)
    },
    contents: (bytes) => {
      contents?.(bytes)
      seal?.contents(bytes)
    },
    symlink: (place, stat, target) => {
      facts.symlink(place, stat)
      seal?.symlink(place, stat, target)
    },
  }
}
