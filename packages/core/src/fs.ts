import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  createReadStream,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { diskError } from './disk-error.ts'
import { UserError } from './error.ts'

export { diskError } from './disk-error.ts'
export { bytesSource, descriptorSource, diskSize, diskSource, fileSource } from './file-source.ts'
export { digestOfSources } from './sources-digest.ts'

/**
 * Write a file so that a reader sees the old bytes or the new ones, never a half: a temporary file beside it, fsync,
 * rename, fsync of the folder. The folder is made when it is missing.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string, mode = 0o644): void {
  writePiecesAtomic(path, [typeof content === 'string' ? Buffer.from(content) : content], mode)
}

/** The same for what is not in memory as a whole. */
export function writePiecesAtomic(path: string, pieces: Iterable<Uint8Array>, mode = 0o644): void {
  replaceAtomic(path, (temporary) => {
    const file = openSync(temporary, 'wx', mode)
    try {
      for (const bytes of pieces) for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
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
  const temporary = nameBeside(path)
  try {
    write(temporary)
    putInPlace(temporary, path, durable)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw diskError(path, error)
  }
}

/** As `replaceAtomic`, for what takes its time: `write` lets the process see signals in between. */
export async function replaceAtomicAsync(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = nameBeside(path)
  try {
    await write(temporary)
    putInPlace(temporary, path, true)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw diskError(path, error)
  }
}

/**
 * Before long work: whether a file could be put there when it is done. A device or a pipe has no whole and no half, and a
 * file in its place would take it away from everybody. Errors: it could not.
 */
export function checkPlace(path: string): void {
  try {
    const there = statSync(path, { throwIfNoEntry: false })
    if (there?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
    if (isStream(path) || (there !== undefined && !there.isFile())) {
      throw new UserError(
        `${path}: this is a device or a pipe`,
        'give the name of a file: it is written whole or not at all',
      )
    }
    if (existsSync(dirname(path))) accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    throw diskError(path, error)
  }
}

/** /dev/stdout and its like: links to what is open here, to a file perhaps. The link itself is everybody's. */
function isStream(path: string): boolean {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  return isLink && /^\/proc\/(self|thread-self|\d+)\/fd\//.test(readlinkSync(path))
}

/**
 * Make a folder and those above it; what is there stays. Answers whether it is new. Node's own way (`recursive`) never ends
 * where a folder is there and cannot hold another, as in /proc or below an automounter. Errors: what the disk says.
 */
export function makeFolder(path: string, mode = 0o777): boolean {
  try {
    mkdirSync(path, { mode })
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (isFolder(path)) return false
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw diskError(path, error)
  }
  makeFolder(dirname(path), mode)
  return makeFolder(path, mode)
}

/** Whether a folder is there, as far as this user may know. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** A new name in the folder of a file; the folder is made where it is not there. */
function nameBeside(path: string): string {
  checkPlace(path)
  makeFolder(dirname(path))
  return `${path}.${randomBytes(6).toString('hex')}.tmp`
}

function putInPlace(temporary: string, path: string, durable: boolean): void {
  if (durable) fsyncPath(temporary)
  renameSync(temporary, path)
  if (durable) fsyncPath(dirname(path))
}

/** The bytes of a file in pieces of some `size`; what the system says of it is a UserError. */
export async function* fileChunks(path: string, size = 1 << 18): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: size })) yield chunk as Uint8Array
  } catch (error) {
    throw diskError(path, error)
  }
}

function fsyncPath(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
