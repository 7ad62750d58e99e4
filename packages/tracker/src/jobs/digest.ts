import { createHash } from 'node:crypto'
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { diskError, fileChunks } from '@firn/core/fs'

/** SHA-256 of a file's bytes, hex. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of fileChunks(path, 1 << 20)) hash.update(chunk)
  return hash.digest('hex')
}

/** A digest of what a folder holds, by names, sizes and times: reading a hundred thousand files would take minutes. */
export function folderDigest(folder: string): string {
  const hash = createHash('sha256')
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry: Dirent) =>
      entry.isFile(),
    )
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
      const { size, mtimeMs } = statSync(path)
      hash.update(`${path}\0${size}\0${mtimeMs}\0`)
    }
  } catch (error) {
    throw diskError(folder, error)
  }
  return hash.digest('hex')
}
