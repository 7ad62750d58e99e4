import { randomBytes } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { EXIT, UserError } from './error.ts'

export { digestOfSources } from './sources-digest.ts'

/**
 * Write a file so that a reader sees the old bytes or the new ones, never a half: a temporary file beside it, fsync,
 * rename, fsync of the folder. The folder is made when it is missing.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string, mode = 0o644): void {
  replaceAtomic(path, (temporary) => {
    const file = openSync(temporary, 'wx', mode)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    } finally {
      closeSync(file)
    }
  })
}

/**
 * As `writeFileAtomic`, for a file that something else writes (SQLite, say): `write` gets the temporary path. When it
 * fails, the temporary file is removed and the old one stays. `durable: false` leaves the fsyncs out, for large files that
 * can be made again: readers still see the old bytes or the new ones, but a power cut may take the new.
 */
export function replaceAtomic(path: string, write: (temporary: string) => void, { durable = true } = {}): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throw diskError(path, error)
  }
  try {
    write(temporary)
    if (durable) fsyncPath(temporary)
    renameSync(temporary, path)
    if (durable) fsyncPath(dirname(path))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw diskError(path, error)
  }
}

/** As `replaceAtomic`, for what takes its time: `write` lets the process see signals in between. */
export async function replaceAtomicAsync(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throw diskError(path, error)
  }
  try {
    await write(temporary)
    fsyncPath(temporary)
    renameSync(temporary, path)
    fsyncPath(dirname(path))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw diskError(path, error)
  }
}

/** The bytes of a file in pieces of some `size`; what the system says of it is a UserError. */
export async function* fileChunks(path: string, size = 1 << 18): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: size })) yield chunk as Uint8Array
  } catch (error) {
    throw diskError(path, error)
  }
}

/** Turn what the system says of a file (no space, no permission, missing) into a UserError; others pass unchanged. */
export function diskError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  const hint = code === undefined ? undefined : DISK_HINTS[code]
  if (hint === undefined) return error
  return new UserError(`${path}: ${hint[0]}`, hint[1], hint[2] ?? EXIT.usage, { cause: error })
}

const DISK_HINTS: Record<string, readonly [message: string, hint: string, exit?: typeof EXIT.store]> = {
  ENOSPC: [
    'no space left on the disk',
    'free some space and run the command again; nothing was half-written',
    EXIT.store,
  ],
  EDQUOT: [
    'the disk quota is used up',
    'free some space and run the command again; nothing was half-written',
    EXIT.store,
  ],
  EIO: ['the disk fails to read or write', 'look into dmesg, and save what can be saved', EXIT.store],
  EROFS: ['the file system is read-only', 'choose a folder that can be written to', EXIT.store],
  EACCES: ['permission denied', 'run as a user who may use it, or choose another path'],
  EPERM: ['not permitted', 'run as a user who may use it, or choose another path'],
  ENOENT: ['no such file', 'check the path'],
  ENOTDIR: ['a part of this path is not a folder', 'check the path'],
  EEXIST: ['a file stands where a folder is needed', 'check the path'],
  EISDIR: ['this is a folder, not a file', 'give a file'],
}

function fsyncPath(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
