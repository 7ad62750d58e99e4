import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { UserError } from '@firn/core'

const PIECE = 1 << 16

/** A file in memory that threads share. More than `most` bytes are a UserError that calls it `what`; Node's own errors pass. */
export function readShared(path: string, most: number, what: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const stat = fstatSync(file)
    if (stat.isFile() && stat.size <= most) return readWhole(file, stat.size)
    const bytes = stat.isFile() ? undefined : readToEnd(file, most)
    if (bytes !== undefined) return bytes
    throw new UserError(`more than ${most} bytes are too many for ${what}`, 'check the path')
  } finally {
    closeSync(file)
  }
}

/** Straight to its place: to copy into shared memory takes several times as long as to read. */
function readWhole(file: number, size: number): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(size))
  let used = 0
  while (used < size) {
    const count = readSync(file, bytes, used, size - used, null)
    if (count === 0) break
    used += count
  }
  return bytes.subarray(0, used)
}

/** What tells no size, a pipe say; undefined: it does not end soon enough. */
function readToEnd(file: number, most: number): Uint8Array | undefined {
  const pieces: Uint8Array[] = []
  let size = 0
  for (;;) {
    const piece = new Uint8Array(PIECE)
    const count = readSync(file, piece)
    if (count === 0) break
    pieces.push(piece.subarray(0, count))
    size += count
    if (size > most) return undefined
  }
  const shared = new Uint8Array(new SharedArrayBuffer(size))
  for (let at = 0; pieces.length > 0; ) {
    const piece = pieces.shift()!
    shared.set(piece, at)
    at += piece.length
  }
  return shared
}
