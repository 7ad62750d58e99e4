import { FsVerityHasher } from '@firn/image/fs-verity'
import { type BytePath, TreeError, TreeReader, textOfBytePath } from '@firn/nix/tree'
import { GrowingText } from '../seal/growing-text.ts'
import { SealWatcher } from '../seal/seal-watcher.ts'
import { type DigestMemory, SharedDigests } from '../seal/shared-digests.ts'
import type { ContentPlan } from './content-check.ts'
import { type Onlookers, PathReading, type PathReply, TooLarge } from './path-reading.ts'
import { type ReadFailure, readFailure } from './read-failure.ts'
import { ReferenceScan } from './reference-scan.ts'
import { secondHash } from './second-hash.ts'
import { type Ownership, TreeFacts } from './tree-facts.ts'

/** A path may be larger than its record says, so that its hash can be told; hours of a sparse file are not read. */
const SLACK = 1 << 26

/** One store path to be read. */
export interface PathTask {
  readonly place: BytePath
  /** Bytes of its NAR, as far as it is known. */
  readonly size: number
  /** A second hash for its content address. */
  readonly plan?: ContentPlan
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
  #reading: PathReading | undefined
  /** One for all paths: of a new function for each, compilers would know nothing. */
  readonly #sink = (bytes: Uint8Array) => this.#reading!.take(bytes)

  constructor(settings: CheckSettings, count: (bytes: number) => void) {
    this.#settings = settings
    this.#digests = settings.seal === undefined ? undefined : new SharedDigests(settings.seal)
    this.#count = count
  }

  *check({ place, size, plan }: PathTask): Generator<undefined, PathReply, undefined> {
    const most = size === 0 ? Number.POSITIVE_INFINITY : size * 2 + SLACK
    const reading = new PathReading(this.#onlookers(plan), most, this.#count)
    this.#reading = reading
    let failure: ReadFailure | undefined
    try {
      yield* this.#reader.steps(place, this.#sink, reading)
    } catch (error) {
      if (error instanceof TooLarge)
        failure = { kind: 'large', place: textOfBytePath(place), atRoot: true, why: error.message }
      else if (error instanceof TreeError) failure = readFailure(error, place)
      else throw error
    }
    return reading.end(place, failure)
  }

  #onlookers(plan: ContentPlan | undefined): Onlookers {
    const { owner, xattrs, hashParts } = this.#settings
    return {
      facts: new TreeFacts(owner, xattrs),
      seal: this.#digests === undefined ? undefined : new SealWatcher(this.#digests, this.#hasher, this.#text),
      second: plan === undefined ? undefined : secondHash(plan),
      scan: hashParts === undefined ? undefined : new ReferenceScan(hashParts),
    }
  }
}
