import { createHash } from 'node:crypto'
import type { BytePath, FileStat, TreeWatcher } from '@firn/nix/tree'
import type { SealedTree, SealWatcher } from '../seal/seal-watcher.ts'
import type { Fault } from './finding.ts'
import type { ReadFailure } from './read-failure.ts'
import type { ReferenceScan } from './reference-scan.ts'
import type { SecondHash } from './second-hash.ts'
import type { TreeFacts } from './tree-facts.ts'

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
  /** When a file of one name was last touched; milliseconds, 0: none. */
  readonly touched: number
  /** Hash parts of store paths that are in the contents. */
  readonly references?: readonly string[]
}

/** That, and what is used at once and not kept. */
export interface PathReply extends PathResult {
  /** Inodes with more than one name. */
  readonly shared: readonly number[]
  /** What a seal says of it. */
  readonly sealed?: SealedTree
}

/** Who looks at a path, `facts` always, the others where somebody asked for what they tell. */
export interface Onlookers {
  readonly facts: TreeFacts
  readonly seal: SealWatcher | undefined
  readonly second: SecondHash | undefined
  readonly scan: ReferenceScan | undefined
}

export class TooLarge extends Error {}

/**
 * One store path while it is read: its NAR goes through `take`, its files before the watcher. All paths have this same
 * class, whoever looks on, so that code once compiled serves for all.
 */
export class PathReading implements TreeWatcher {
  readonly #hash = createHash('sha256')
  readonly #onlookers: Onlookers
  readonly #most: number
  readonly #count: (bytes: number) => void
  readonly contents: ((bytes: Uint8Array) => void) | undefined
  #narSize = 0

  /** `most`: a larger NAR ends the reading with TooLarge. `count` is told of bytes as they come. */
  constructor(onlookers: Onlookers, most: number, count: (bytes: number) => void) {
    this.#onlookers = onlookers
    this.#most = most
    this.#count = count
    this.contents = contentsFor(onlookers)
  }

  /** The next piece of the NAR. */
  take(bytes: Uint8Array): void {
    const { second, scan } = this.#onlookers
    this.#hash.update(bytes)
    second?.nar?.(bytes)
    scan?.update(bytes)
    this.#narSize += bytes.length
    this.#count(bytes.length)
    if (this.#narSize > this.#most) throw new TooLarge(`${this.#narSize} bytes and more`)
  }

  directory(place: BytePath, stat: FileStat, file: number | undefined, name: BytePath): void {
    this.#onlookers.facts.directory(place, stat, file)
    this.#onlookers.seal?.directory(place, stat, file, name)
  }

  leave(): void {
    this.#onlookers.seal?.leave()
  }

  file(place: BytePath, stat: FileStat, file: number, name: BytePath): void {
    this.#onlookers.facts.file(place, stat, file)
    this.#onlookers.seal?.file(place, stat, file, name)
  }

  symlink(place: BytePath, stat: FileStat, target: Uint8Array, name: BytePath): void {
    this.#onlookers.facts.symlink(place, stat)
    this.#onlookers.seal?.symlink(place, stat, target, name)
  }

  /** What was told, once: of the whole path, or until it could not be read further. */
  end(root: BytePath, failure: ReadFailure | undefined): PathReply {
    const { facts, seal, second, scan } = this.#onlookers
    const whole = failure === undefined
    return {
      ...(whole ? { narHash: this.#hash.digest('hex') } : { failure }),
      narSize: this.#narSize,
      ...(whole && second !== undefined && { second: second.digest() }),
      isFile: facts.isFile,
      files: facts.files,
      faults: facts.faults(root),
      shared: facts.shared,
      touched: facts.touched,
      ...(scan !== undefined && { references: [...scan.found] }),
      ...(whole && seal !== undefined && { sealed: seal.end() }),
    }
  }
}

/** Files are shown in pieces only where somebody asked for that. */
function contentsFor({ seal, second }: Onlookers): PathReading['contents'] {
  if (seal === undefined) return second?.contents
  return (bytes) => {
    second?.contents?.(bytes)
    seal.contents(bytes)
  }
}
