import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { NAR_LIMITS, type NarVisitor } from './nar.ts'
import { decodeText } from './text.ts'

const PIECE = 1 << 18

/**
 * Walk a file, link or directory as a NAR lists it and tell `visitor`: with a `NarWriter` this makes the NAR that
 * `nix-store --dump` does. Links are never followed. Sockets, devices and pipes, which no NAR holds, a file that
 * changes its size meanwhile and what cannot be read are UserErrors.
 */
export function walkTree(root: string, visitor: NarVisitor): void {
  const piece = Buffer.allocUnsafe(PIECE)
  const open: Folder[] = []
  visit(Buffer.from(root), '')
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const name = folder.names[folder.next++]
    if (name === undefined) {
      open.pop()
      visitor.leave()
      continue
    }
    const text = decodeText(name)
    visit(Buffer.concat([folder.place, SLASH, name]), folder.path === '' ? text : `${folder.path}/${text}`)
  }

  function visit(place: Buffer, path: string): void {
    const stat = attempt(place, () => lstatSync(place))
    if (stat.isSymbolicLink()) {
      visitor.symlink(path, decodeText(attempt(place, () => readlinkSync(place, { encoding: 'buffer' }))))
    } else if (stat.isDirectory()) {
      if (open.length >= NAR_LIMITS.depth) throw unfit(place, 'too many directories in each other')
      open.push({ place, path, names: attempt(place, () => entryNames(place)), next: 0 })
      visitor.directory(path)
    } else if (stat.isFile()) {
      tellFile(place, path, piece, visitor)
    } else {
      throw unfit(place, 'neither file, directory nor link')
    }
  }
}

interface Folder {
  readonly place: Buffer
  readonly path: string
  readonly names: readonly Buffer[]
  next: number
}

const SLASH = Buffer.from('/')

function entryNames(place: Buffer): Buffer[] {
  return readdirSync(place, { encoding: 'buffer' }).sort(Buffer.compare)
}

function tellFile(place: Buffer, path: string, piece: Buffer, visitor: NarVisitor): void {
  // What was a file a moment ago may now be a link or a pipe: neither is followed nor waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = attempt(place, () => openSync(place, flags))
  try {
    const { size, mode } = attempt(place, () => fstatSync(file))
    visitor.file(path, size, (mode & 0o100) !== 0)
    for (let left = size; left > 0; ) {
      const count = attempt(place, () => readSync(file, piece, 0, Math.min(left, PIECE), null))
      if (count === 0) throw unfit(place, 'it became shorter while it was read')
      visitor.contents(piece.subarray(0, count))
      left -= count
    }
    if (attempt(place, () => readSync(file, piece, 0, 1, null)) > 0) {
      throw unfit(place, 'it became longer while it was read')
    }
  } finally {
    closeSync(file)
  }
}

function attempt<T>(place: Buffer, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw diskError(decodeText(place), error)
  }
}

function unfit(place: Buffer, why: string): UserError {
  return new UserError(`${decodeText(place)}: ${why}`, 'no store path holds this: leave it out', EXIT.store)
}
