import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A digest (hex, 16 digits) of the program's own sources in these folders, by their names within and their contents.
 * Who keeps what a piece of the program made can tell by it that the piece is now another.
 */
export function digestOfSources(folders: readonly string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /\.[jt]s$/.test(name))
    for (const name of names.sort()) {
      hash
        .update(`${name}\0`)
        .update(readFileSync(join(folder, name)))
        .update('\0')
    }
  }
  return hash.digest('hex').slice(0, 16)
}
