import { type GrowingTree, leafHash, sha256 } from '@firn/attest/merkle'
import { UserError } from '@firn/core'
import type { BytePath } from '@firn/nix/tree'

/**
 * What a seal says of a file, link or directory. Names and targets are bytes, a character each (latin1). `digest` is the
 * file's fs-verity digest (SHA-256, blocks of 4096, no salt), in hex.
 */
export type SealedNode = SealedFile | SealedLink | SealedDirectory

export interface SealedFile {
  readonly kind: 'file'
  readonly executable: boolean
  readonly size: number
  readonly digest: string
}

export interface SealedLink {
  readonly kind: 'symlink'
  readonly target: BytePath
}

/** Entries are in the order of their names' bytes, as in a NAR. */
export interface SealedDirectory {
  readonly kind: 'directory'
  readonly entries: readonly (readonly [name: BytePath, node: SealedNode])[]
}

/** What a seal says of a store path, its tree apart. Hashes are hex. */
export interface PathFacts {
  /** `HASH-NAME`. */
  readonly name: string
  readonly narHash: string
  readonly narSize: number
  /** Sorted, as `HASH-NAME`. */
  readonly references: readonly string[]
  readonly ca: string
}

/** H(tag ‖ executable ‖ size ‖ digest). */
export function fileHash(executable: boolean, size: number, digest: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FILE.length + 9 + digest.length)
  bytes.set(FILE)
  bytes[FILE.length] = executable ? 1 : 0
  writeSize(bytes, size, FILE.length + 1)
  bytes.set(digest, FILE.length + 9)
  return sha256(bytes)
}

/** H(tag ‖ target with its length). */
export function linkHash(target: Uint8Array): Buffer {
  return sha256(Buffer.concat([LINK, text(target)]))
}

/** H(tag ‖ how many entries ‖ head of the Merkle tree over them). */
export function directoryHash(entries: GrowingTree): Buffer {
  return headHash(entries.size, entries.root())
}

export function headHash(count: number, head: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(DIRECTORY.length + 8 + head.length)
  bytes.set(DIRECTORY)
  writeSize(bytes, count, DIRECTORY.length)
  bytes.set(head, DIRECTORY.length + 8)
  return sha256(bytes)
}

/** The Merkle leaf of an entry: of its name with its length, and the hash of what it names. */
export function entryLeaf(name: BytePath, node: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(8 + name.length + node.length)
  writeSize(bytes, name.length, 0)
  bytes.write(name, 8, 'latin1')
  bytes.set(node, 8 + name.length)
  return leafHash(bytes)
}

/** The Merkle leaf of a store path, in the tree over the whole closure. */
export function pathLeaf(facts: PathFacts, node: Uint8Array): Buffer {
  const { name, narHash, narSize, references, ca } = facts
  return leafHash(
    Buffer.concat([
      PATH,
      text(Buffer.from(name)),
      node,
      Buffer.from(narHash, 'hex'),
      sizeBytes(narSize),
      sizeBytes(references.length),
      ...references.map((reference) => text(Buffer.from(reference))),
      text(Buffer.from(ca)),
    ]),
  )
}

// What kind of thing is hashed comes first, so that none can be taken for another.
const FILE = Buffer.from('firn seal 1 file\0')
const LINK = Buffer.from('firn seal 1 symlink\0')
const DIRECTORY = Buffer.from('firn seal 1 directory\0')
const PATH = Buffer.from('firn seal 1 path\0')

function text(bytes: Uint8Array): Buffer {
  return Buffer.concat([sizeBytes(bytes.length), bytes])
}

function sizeBytes(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  writeSize(bytes, size, 0)
  return bytes
}

function writeSize(bytes: Buffer, size: number, at: number): void {
  bytes.writeUInt32LE(size % 0x1_0000_0000, at)
  bytes.writeUInt32LE(Math.floor(size / 0x1_0000_0000), at + 4)
}

export function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

export function damaged(what: string): UserError {
  return new UserError(`not a seal: ${what} in it is damaged`, 'fetch it again, or seal again')
}
