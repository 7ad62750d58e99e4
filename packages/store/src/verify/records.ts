import { EXIT, UserError } from '@firn/core'
import type { StorePlace } from '@firn/nix/place'
import { openStoreDatabase, type PathInfo } from '@firn/nix/store'
import type { Scope } from './verification.ts'

/** What Nix's database says of the paths in that scope, and which paths of the store are valid at all. */
export function readRecords(place: StorePlace, scope: Scope): { records: PathInfo[]; valid: Set<string> } {
  const database = openStoreDatabase(place.stateDir, place.storeDir)
  try {
    const valid = database.allValidPaths()
    if (scope.kind === 'closure') return { records: database.closure(scope.paths), valid: new Set(valid) }
    const records = database.pathInfos(scope.kind === 'all' ? valid : scope.paths)
    if (scope.kind === 'paths') requireValid(scope.paths, records)
    return { records, valid: new Set(valid) }
  } finally {
    database.close()
  }
}

function requireValid(paths: readonly string[], records: readonly PathInfo[]): void {
  const known = new Set(records.map(({ path }) => path))
  const missing = paths.find((path) => !known.has(path))
  if (missing === undefined) return
  throw new UserError(
    `${missing}: not a valid path of this store`,
    'build or fetch it first, or name the store it is in with --store',
    EXIT.store,
  )
}
