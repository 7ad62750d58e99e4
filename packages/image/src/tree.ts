import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { type ByteSource, EXIT, UserError } from '@firn/core'
import { descriptorSource, diskError } from '@firn/core/fs'

/**
 * What a file-system image is made of. Everything belongs to root, and all has the one time that the image has. Names
 * are bytes, a character each (latin1), so that their order is that of the bytes.
 */
export type FileTree = DirectoryNode
export type TreeNode = DirectoryNode | FileNode | LinkNode

export interface DirectoryNode {
  readonly kind: 'directory'
  /** Permission bits. */
  readonly mode: number
  readonly entries: ReadonlyMap<string, TreeNode>
  readonly xattrs?: Xattrs
}

/** The same object under two names is one file with two names. */
export interface FileNode {
  readonly kind: 'file'
  readonly mode: number
  readonly size: number
  /** Opens the contents, of exactly `size` bytes; `hole`: they are all zero, and take no room in an image. */
  readonly content: (() => ByteSource) | 'hole'
  readonly xattrs?: Xattrs
}

export interface LinkNode {
  readonly kind: 'symlink'
  readonly target: Uint8Array
}

/** Extended attributes by their full names (`security.capability`), latin1. */
export type Xattrs = ReadonlyMap<string, Uint8Array>

/** As deep as a NAR may be. */
const MAX_DEPTH = 1024

/**
 * A tree from disk with the modes a Nix store has: 0555 for directories and what may be executed, 0444 for the rest.
 * Links are not followed, contents are not read before they are asked for; a file that is another by then is a
 * UserError. So is anything but files, directories and links.
 */
export function readFileTree(path: string): TreeNode {
  return new Reader().node(Buffer.from(path).toString('latin1'), 1)
}

/** A tree whose root must be a directory, as that of a file system. */
export function directoryTree(entries: Iterable<readonly [name: string, node: TreeNode]>, mode = 0o555): DirectoryNode {
  return { kind: 'directory', mode, entries: new Map(entries) }
}

class Reader {
  /** Files with several names, by device and inode. */
  readonly #shared = new Map<string, FileNode>()

  node(place: string, depth: number): TreeNode {
    if (depth > MAX_DEPTH) throw unfit(place, `more than ${MAX_DEPTH} directories in each other`)
    const stat = attempt(place, () => lstatSync(bytes(place), { bigint: true }))
    if (stat.isDirectory()) {
      const names = attempt(place, () => namesIn(place))
      const entries = names.map((name) => [name, this.node(`${place}/${name}`, depth + 1)] as const)
      return directoryTree(entries)
    }
    if (stat.isSymbolicLink()) {
      return { kind: 'symlink', target: attempt(place, () => readlinkSync(bytes(place), { encoding: 'buffer' })) }
    }
    if (!stat.isFile()) throw unfit(place, 'neither file, directory nor link')
    const inode = `${stat.dev} ${stat.ino}`
    const known = stat.nlink > 1n ? this.#shared.get(inode) : undefined
    if (known !== undefined) return known
    const size = Number(stat.size)
    const mode = (stat.mode & 0o100n) === 0n ? 0o444 : 0o555
    const file: FileNode = { kind: 'file', mode, size, content: () => openFile(place, size) }
    if (stat.nlink > 1n) this.#shared.set(inode, file)
    return file
  }
}

function openFile(place: string, size: number): ByteSource {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = attempt(place, () => openSync(bytes(place), flags))
  const stat = fstatSync(file)
  if (!stat.isFile() || stat.size !== size) {
    closeSync(file)
    throw unfit(place, 'it changed while it was read')
  }
  return descriptorSource(file, text(place))
}

function namesIn(place: string): string[] {
  const entries: Dirent<string>[] = readdirSync(bytes(place), { withFileTypes: true, encoding: 'latin1' })
  return entries.map(({ name }) => name).sort((a, b) => (a < b ? -1 : 1))
}

function attempt<T>(place: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw diskError(text(place), error)
  }
}

function bytes(place: string): Buffer {
  return Buffer.from(place, 'latin1')
}

function text(place: string): string {
  return bytes(place).toString('utf8')
}

function unfit(place: string, why: string): UserError {
  return new UserError(
    `${text(place)}: ${why}`,
    'an image holds files, directories and links that stay as they are',
    EXIT.store,
  )
}
