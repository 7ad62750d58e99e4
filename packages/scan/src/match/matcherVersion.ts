import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Changes when the matcher does, whatever the change: a digest of its own sources. Who keeps verdicts or reduced
 * advisories knows by it that they must be made anew; a number kept by hand would be forgotten.
 */
export function matcherVersion(): string {
  known ??= digestOf(['match', 'identify'].map((folder) => join(import.meta.dirname, '..', folder)))
  return known
}

let known: string | undefined

function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /\.[jt]s$/.test(name))
    for (const name of names.sort())
      hash
        .update(name)
        .update('\0')
        .update(readFileSync(join(folder, name)))
        .update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}
