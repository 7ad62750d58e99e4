import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { UserError } from '@firn/core'

/** A file in memory that threads share. More than `most` bytes are a UserError that calls it `what`; Node's own errors pass. */
export function readShared(path: string, most: number, what: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const stat = fstatSync(file)
    if (stat.size > most) throw new UserError(`${stat.size} bytes are too many for ${what}`, 'check the path')
    return stat.isFile() ? readWhole(file, stat.size) : copy(readFileSync(file))
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

function copy(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}
