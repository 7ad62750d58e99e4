import type { Stats } from 'node:fs'
import { FsVerityHasher } from '@firn/image/fs-verity'
import type { BytePath, TreeWatcher } from '@firn/nix/tree'
import type { SharedDigests } from './shared-digests.ts'
import { StatRecords } from './stat-record.ts'
import { directoryHash, entryLeaf, fileHash, linkHash } from './tree.ts'

/** A tree as it was read: for a seal, and for the memory of what was read. */
export interface SealedTree {
  /** As `parseNode` reads it. */
  readonly text: string
  /** What stands for the tree, hex. */
  readonly node: string
  readonly records: Float64Array
}

interface Open {
  readonly name: BytePath
  readonly leaves: Buffer[]
  readonly text: string[]
}

/**
 * Looks on while a tree is read as a NAR, and makes of the same bytes what a seal says of it. Where several names share
 * an inode its digest is computed once, as long as nothing touched it since.
 */
export class SealWatcher implements TreeWatcher {
  readonly #shared: SharedDigests | undefined
  readonly #records = new StatRecords()
  readonly #open: Open[] = []
  #file: { readonly name: BytePath; readonly stat: Stats; readonly known: Buffer | undefined } | undefined
  readonly #hasher: FsVerityHasher
  #done: { readonly node: Buffer; readonly text: string } | undefined

  /** `hasher`: to be used for one tree after another. */
  constructor(shared?: SharedDigests, hasher = new FsVerityHasher()) {
    this.#shared = shared
    this.#hasher = hasher
  }

  directory(place: BytePath, stat: Stats): void {
    this.#endFile()
    this.#records.add(stat)
    this.#open.push({ name: nameOf(place), leaves: [], text: [] })
  }

  leave(): void {
    this.#endFile()
    const { name, leaves, text } = this.#open.pop()!
    this.#node(name, directoryHash(leaves), `["d"${text.join('')}]`)
  }

  file(place: BytePath, stat: Stats): void {
    this.#endFile()
    this.#records.add(stat)
    const known = stat.nlink > 1 ? this.#shared?.find(stat) : undefined
    this.#file = { name: nameOf(place), stat, known }
    if (known === undefined) this.#hasher.reset()
  }

  contents(bytes: Uint8Array): void {
    if (this.#file?.known === undefined) this.#hasher.update(bytes)
  }

  symlink(place: BytePath, stat: Stats, target: Uint8Array): void {
    this.#endFile()
    this.#records.add(stat)
    const text = Buffer.from(target).toString('latin1')
    this.#node(nameOf(place), linkHash(target), `["l",${JSON.stringify(text)}]`)
  }

  /** The tree, after all of it was read. */
  end(): SealedTree {
    this.#endFile()
    const { node, text } = this.#done!
    return { text, node: node.toString('hex'), records: this.#records.end() }
  }

  #endFile(): void {
    if (this.#file === undefined) return
    const { name, stat, known } = this.#file
    this.#file = undefined
    const digest = known ?? Buffer.from(this.#hasher.digest().digest)
    if (known === undefined && stat.nlink > 1) this.#shared?.add(stat, digest)
    const executable = (stat.mode & 0o100) !== 0
    const text = `["${executable ? 'x' : 'f'}",${stat.size},"${digest.toString('hex')}"]`
    this.#node(name, fileHash(executable, stat.size, digest), text)
  }

  #node(name: BytePath, node: Buffer, text: string): void {
    const directory = this.#open.at(-1)
    if (directory === undefined) {
      this.#done = { node, text }
      return
    }
    directory.leaves.push(entryLeaf(name, node))
    directory.text.push(`,${JSON.stringify(name)},${text}`)
  }
}

function nameOf(place: BytePath): BytePath {
  return place.slice(place.lastIndexOf('/') + 1)
}
