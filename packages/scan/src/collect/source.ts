import type { Derivation } from '@firn/nix'
import type { SnapshotPath } from './snapshot.ts'

/**
 * Where a closure is read from: the database, the daemon, the `nix` command, a binary cache. Each call answers for
 * many paths at once, so that no backend waits once a path.
 */
export interface ClosureSource {
  readonly storeDir: string
  /** The paths and everything they refer to. A root that is not valid is a UserError. */
  readonly closure: (roots: readonly string[]) => Promise<readonly SnapshotPath[]>
  /** Those of the paths that are valid. */
  readonly valid: (paths: readonly string[]) => Promise<ReadonlySet<string>>
  /** For paths whose recorded derivation is not there: a present one that makes them. */
  readonly derivers: (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** Parsed `.drv` files; one that cannot be read is left out. */
  readonly derivations: (paths: readonly string[]) => Promise<ReadonlyMap<string, Derivation>>
  readonly close: () => void
}
