import { lstatSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@firn/core'
import { diskError, makeFolder } from '@firn/core/fs'

/** Where locks and secrets lie while an installation runs: for root in memory, gone with the next boot. */
export function runFolder(): string {
  const uid = process.getuid?.() ?? 0
  return uid === 0 ? '/run/firn' : join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `firn-${uid}`)
}

/** Make a folder that nobody else can write to. Errors: it is there, and others can. */
export function makePrivate(folder: string): void {
  try {
    makeFolder(folder, 0o700)
    const { uid, mode } = lstatSync(folder)
    if (uid === process.getuid?.() && (mode & 0o40022) === 0o40000) return
  } catch (error) {
    throw diskError(folder, error)
  }
  throw new UserError(`${folder}: others can write to it, or it is no folder`, 'remove it; it is made anew')
}
