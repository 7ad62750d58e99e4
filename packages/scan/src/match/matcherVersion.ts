import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { advisoriesVersion } from '@firn/advisories/version'
import { digestOfSources } from '@firn/core/fs'

/**
 * Changes when the matcher does, whatever the change: a digest of its own sources and of those that read records and
 * order versions. Who keeps verdicts or reduced advisories knows by it that they must be made anew; a number kept by
 * hand would be forgotten.
 */
export function matcherVersion(): string {
  known ??= combined()
  return known
}

let known: string | undefined

function combined(): string {
  const own = digestOfSources(['match', 'identify'].map((folder) => join(import.meta.dirname, '..', folder)))
  return createHash('sha256').update(`${own} ${advisoriesVersion()}`).digest('hex').slice(0, 16)
}
