import { EXIT, UserError } from '@firn/core'
import type { StorePlace } from '@firn/nix'
import { connectDaemon, type Derivation, daemonSocket } from '@firn/nix'
import { firstOfEach } from './database.ts'
import { derivationOf, readDerivationFiles } from './files.ts'
import { snapshotPath } from './paths.ts'
import type { ClosureSource } from './source.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A store by way of its daemon: where its database, or even its folder, is not for this user to read. */
export async function daemonSource(place: StorePlace, env: Env): Promise<ClosureSource> {
  if (place.root !== '') {
    throw new UserError(
      `${place.root}: this store has no daemon`,
      'leave out --backend daemon: its database is read',
      EXIT.store,
    )
  }
  const daemon = await connectDaemon(daemonSocket(env, place.stateDir), place.storeDir)
  return {
    storeDir: place.storeDir,
    closure: async (roots) => (await daemon.closure(roots)).map(snapshotPath),
    valid: (paths) => daemon.validPaths(paths),
    derivers: async (paths) => firstOfEach(await daemon.derivers(paths)),
    derivations: async (paths): Promise<ReadonlyMap<string, Derivation>> => {
      const found = readDerivationFiles(paths, place)
      const unread = paths.filter((path) => !found.has(path))
      if (unread.length === 0) return found
      const files = await daemon.files([...(await daemon.validPaths(unread))])
      for (const [path, bytes] of files) found.set(path, derivationOf(path, bytes))
      return found
    },
    close: () => daemon.close(),
  }
}
