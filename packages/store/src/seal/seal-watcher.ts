import { GrowingTree } from '@firn/attest/merkle'
import { FsVerityHasher } from '@firn/image/fs-verity'
import type { BytePath, FileStat, TreeWatcher } from '@firn/nix/tree'
import { GrowingText } from './growing-text.ts'
import type { SharedDigests } from './shared-digests.ts'
import { StatRecords } from './stat-record.ts'
import { directoryHash, entryLeaf, fileHash, linkHash } from './tree.ts'

/** A tree as it was read: for a seal, and for the memory of what was read. */
export interface SealedTree {
  /** JSON (UTF-8) as `TreeText` reads it, in memory of its own. */
  readonly text: Uint8Array<ArrayBuffer>
  /** What stands for the tree, hex. */
  readonly node: string
  readonly records: Float64Array<ArrayBuffer>
}

interface Open {
  readonly name: BytePath
  readonly entries: GrowingTree
}

/**
 * Looks on while a tree is read as a NAR, and makes of the same bytes what a seal says of it. Where several names share
 * an inode its digest is computed once, as long as nothing touched it since.
 */
export class SealWatcher implements TreeWatcher {
  readonly #shared: SharedDigests | undefined
  readonly #records = new StatRecords()
  readonly #open: Open[] = []
  readonly #text: GrowingText
  #file: { readonly name: BytePath; readonly stat: FileStat; readonly known: Buffer | undefined } | undefined
  readonly #hasher: FsVerityHasher
  #done: Buffer | undefined

  /** `hasher` and `text`: to be used for one tree after another. */
  constructor(shared?: SharedDigests, hasher = new FsVerityHasher(), text = new GrowingText()) {
    this.#shared = shared
    this.#hasher = hasher
    this.#text = text
    text.clear()
  }

  directory(_place: BytePath, stat: FileStat, _file: number | undefined, name: BytePath): void {
    this.#endFile()
    this.#records.add(stat)
    this.#text.add(`${this.#beginning(name)}["d"`)
    this.#open.push({ name, entries: new GrowingTree() })
  }

  leave(): void {
    this.#endFile()
    const { name, entries } = this.#open.pop()!
    this.#text.add(']')
    this.#node(name, directoryHash(entries))
  }

  file(_place: BytePath, stat: FileStat, _file: number, name: BytePath): void {
    this.#endFile()
    this.#records.add(stat)
    const known = stat.nlink > 1 ? this.#shared?.find(stat) : undefined
    this.#file = { name, stat, known }
    if (known === undefined) this.#hasher.reset()
  }

  contents(bytes: Uint8Array): void {
    if (this.#file?.known === undefined) this.#hasher.update(bytes)
  }

  symlink(_place: BytePath, stat: FileStat, target: Uint8Array, name: BytePath): void {
    this.#endFile()
    this.#records.add(stat)
    this.#text.add(`${this.#beginning(name)}["l",${JSON.stringify(Buffer.from(target).toString('latin1'))}]`)
    this.#node(name, linkHash(target))
  }

  /** The tree, after all of it was read. */
  end(): SealedTree {
    this.#endFile()
    return { text: this.#text.copy(), node: this.#done!.toString('hex'), records: this.#records.copy() }
  }

  #endFile(): void {
    if (this.#file === undefined) return
    const { name, stat, known } = this.#file
    this.#file = undefined
    const digest = known ?? this.#hasher.digest().digest
    if (known === undefined && stat.nlink > 1) this.#shared?.add(stat, digest)
    const executable = (stat.mode & 0o100) !== 0
    this.#text.add(`${this.#beginning(name)}["${executable ? 'x' : 'f'}",${stat.size},"${digest.toString('hex')}"]`)
    this.#node(name, fileHash(executable, stat.size, digest))
  }

  /** What stands before a node, unless it is the root. */
  #beginning(name: BytePath): string {
    return this.#open.length > 0 ? `,${JSON.stringify(name)},` : ''
  }

  #node(name: BytePath, node: Buffer): void {
    const directory = this.#open.at(-1)
    if (directory === undefined) this.#done = node
    else directory.entries.add(entryLeaf(name, node))
  }
}
