import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileSource } from '@firn/binary/source'
import { type ByteSource, EXIT, UserError } from '@firn/core'
import { diskError, makeFolder } from '@firn/core/fs'
import type { Esp, EspFile } from './esp.ts'

const MAX_FILES = 10_000

/** The EFI system partition that is mounted on `root`. Links are passed over: FAT has none. */
export function directoryEsp(root: string): Esp {
  if (!guard(root, () => statSync(root)).isDirectory()) {
    throw new UserError(`${root}: this is not a folder`, 'give the folder on which the EFI system partition is mounted')
  }
  const at = (path: string) => join(root, path)
  return {
    name: root,
    list: (folders) => folders.flatMap((folder) => guard(at(folder), () => listFolder(root, folder))),
    open: (path) => guarded(at(path), fileSource(at(path))),
    write: (path, content) =>
      guard(at(path), () => {
        makeFolder(dirname(at(path)))
        const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
        const file = openSync(at(path), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
        try {
          for (const chunk of content.chunks(0, content.size)) {
            for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done)
          }
        } finally {
          closeSync(file)
        }
      }),
    flush: (path) => flush(at(path)),
    flushFolder: (folder) => flush(at(folder)),
    rename: (from, to) => guard(at(to), () => renameSync(at(from), at(to))),
    remove: (path) => guard(at(path), () => unlinkSync(at(path))),
    isReadableByAll: (path) =>
      guard(at(path), () => {
        const folders = path.split('/').map((_, depth, parts) => at(parts.slice(0, depth).join('/')))
        return (
          (statSync(at(path)).mode & 0o004) !== 0 && folders.every((folder) => (statSync(folder).mode & 0o001) !== 0)
        )
      }),
    space: () =>
      guard(root, () => {
        const { bavail, bsize } = statfsSync(root)
        return { free: bavail * bsize, cluster: bsize }
      }),
  }
}

/** Whether a file system of its own is mounted there: writing below an empty mount point helps nobody. */
export function isMountPoint(root: string): boolean {
  return guard(root, () => {
    const [own, parent] = [statSync(root), statSync(join(root, '..'))]
    return own.dev !== parent.dev || own.ino === parent.ino
  })
}

/** What the disk says while a file is read is told with its name. */
function guarded(path: string, source: ByteSource): ByteSource {
  return {
    size: source.size,
    read: (offset, length) => guard(path, () => source.read(offset, length)),
    *chunks(from, to) {
      try {
        yield* source.chunks(from, to)
      } catch (error) {
        throw diskError(path, error)
      }
    },
    close: () => source.close(),
  }
}

function listFolder(root: string, folder: string): EspFile[] {
  let names: string[]
  try {
    names = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
  } catch (error) {
    // Images name folders, too: one that cannot be has no files.
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
  if (names.length > MAX_FILES) {
    throw new UserError(`${join(root, folder)}: ${names.length} files`, 'look what fills this folder', EXIT.store)
  }
  return names.sort().map((name) => ({ path: `${folder}/${name}`, size: statSync(join(root, folder, name)).size }))
}

function flush(path: string): void {
  guard(path, () => {
    const file = openSync(path, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  })
}

function guard<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw diskError(path, error)
  }
}
