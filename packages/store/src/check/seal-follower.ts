import type { FsVerityHasher } from '@firn/image/fs-verity'
import type { BytePath, FileStat, TreeWatcher } from '@firn/nix/tree'
import type { SharedDigests } from '../seal/shared-digests.ts'
import type { StatRecords } from '../seal/stat-record.ts'
import type { SealedNode } from '../seal/tree.ts'
import type { TreeText } from '../seal/tree-text.ts'
import type { TreeFacts } from '../verify/tree-facts.ts'

/** Ends the reading of a tree that is not what was sealed. `place`: where that was noticed. */
export class Differs extends Error {
  readonly place: BytePath

  constructor(place: BytePath) {
    super('it is not what was sealed')
    this.place = place
  }
}

/** What a follower makes use of, one tree after the other. */
export interface FollowerParts {
  readonly hasher: FsVerityHasher
  readonly digests: SharedDigests
  readonly records: StatRecords
  readonly facts: TreeFacts
}

/**
 * Looks on while a whole tree is read, and follows what was sealed of it: both are in the order of a NAR. The first thing
 * that is not the same is thrown as Differs.
 */
export class SealFollower implements TreeWatcher {
  readonly #text: TreeText
  readonly #parts: FollowerParts
  readonly #onFile: (stat: FileStat, node: number) => void
  /** The file whose contents are coming; `known`: what its inode was found to hold before. */
  #file: { readonly stat: FileStat; readonly known: Buffer | undefined } | undefined
  /** What was told last. */
  #place: BytePath = ''
  /** Of all files. */
  bytes = 0

  /** `text`: where the tree begins. `onFile` is told of each file, and which node of the tree it is, the root being 0. */
  constructor(text: TreeText, parts: FollowerParts, onFile: (stat: FileStat, node: number) => void) {
    this.#text = text
    this.#parts = parts
    this.#onFile = onFile
  }

  directory(place: BytePath, stat: FileStat, file: number | undefined, name: BytePath): void {
    this.#next('directory', place, name)
    this.#parts.facts.directory(place, stat, file)
    this.#parts.records.add(stat)
  }

  leave(): void {
    this.#endFile()
    if (this.#text.entry() !== undefined) throw new Differs(this.#place)
  }

  file(place: BytePath, stat: FileStat, file: number, name: BytePath): void {
    const text = this.#text
    this.#next('file', place, name)
    if (stat.size !== text.size || ((stat.mode & 0o100) !== 0) !== text.executable) throw new Differs(place)
    const { facts, records, digests, hasher } = this.#parts
    facts.file(place, stat, file)
    records.add(stat)
    this.#onFile(stat, text.nodes - 1)
    const known = stat.nlink > 1 ? digests.find(stat) : undefined
    if (known === undefined) hasher.reset()
    this.#file = { stat, known }
    this.bytes += stat.size
  }

  contents(bytes: Uint8Array): void {
    if (this.#file?.known === undefined) this.#parts.hasher.update(bytes)
  }

  symlink(place: BytePath, stat: FileStat, target: Uint8Array, name: BytePath): void {
    this.#next('symlink', place, name)
    if (Buffer.from(target).toString('latin1') !== this.#text.target) throw new Differs(place)
    this.#parts.facts.symlink(place, stat)
    this.#parts.records.add(stat)
  }

  /** After all of the tree was read. */
  end(): void {
    this.#endFile()
  }

  /** What comes next on disk has to be what comes next in the seal. */
  #next(kind: SealedNode['kind'], place: BytePath, name: BytePath): void {
    this.#endFile()
    this.#place = place
    const text = this.#text
    if (text.nodes > 0 && text.entry() !== name) throw new Differs(place)
    if (text.node() !== kind) throw new Differs(place)
  }

  #endFile(): void {
    if (this.#file === undefined) return
    const { stat, known } = this.#file
    this.#file = undefined
    const digest = known ?? this.#parts.hasher.digest().digest
    if (known === undefined && stat.nlink > 1) this.#parts.digests.add(stat, digest)
    if (digest.toString('hex') !== this.#text.digest) throw new Differs(this.#place)
  }
}
