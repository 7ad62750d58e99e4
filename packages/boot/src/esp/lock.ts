import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { makePrivate, runFolder } from './run-folder.ts'

/**
 * Own an ESP until the answer is called, or the process dies: two installations at once would write each other's temporary
 * files. Node has no flock; SQLite's exclusive transaction holds a lock that the kernel lets go of. The file for it lies in
 * a folder that nobody else can write to, so that nobody else can keep a machine from its updates.
 */
export function lockEsp(root: string, folder: string = runFolder()): () => void {
  makePrivate(folder)
  const name = createHash('sha256').update(realPath(root)).digest('hex').slice(0, 32)
  const lock = new DatabaseSync(join(folder, `esp-${name}.lock`), { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = memory')
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new UserError(`${root}: another installation is under way`, 'wait until it has ended', EXIT.store)
  }
  return () => lock.close()
}

const SQLITE_BUSY = 5

function realPath(root: string): string {
  try {
    return realpathSync(root)
  } catch (error) {
    throw diskError(root, error)
  }
}
