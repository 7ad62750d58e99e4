import type { StorePlace } from '@firn/nix'
import { openStoreDatabase } from '@firn/nix/closure'
import { readDerivationFiles } from './files.ts'
import { snapshotPath } from './paths.ts'
import type { ClosureSource } from './source.ts'

/** A store by its own database: the quickest way, and the only one that needs no Nix on this machine. */
export function databaseSource(place: StorePlace): ClosureSource {
  const database = openStoreDatabase(place.stateDir, place.storeDir)
  return {
    storeDir: place.storeDir,
    closure: async (roots) => database.closure(roots).map(snapshotPath),
    valid: async (paths) => database.validPaths(paths),
    derivers: async (paths) => firstOfEach(database.derivers(paths)),
    derivations: async (paths) => readDerivationFiles(paths, place),
    close: () => database.close(),
  }
}

/** Several derivations may make one fixed output; of these it is the first in order, whoever is asked. */
export function firstOfEach(derivers: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  return new Map([...derivers].map(([path, [first]]) => [path, first!]))
}
