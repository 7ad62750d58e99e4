import type { PathInfo } from '@firn/nix'
import type { SnapshotPath } from './snapshot.ts'

/** `/nix/store/HASH-openssl-3.0.14.drv` to `openssl-3.0.14.drv`; what has no hash part keeps its last part. */
export function nameOfPath(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1)
  return HASHED.test(base) ? base.slice(33) : base
}

/** Of what a store records, that which is the same whoever built or copied the path: when and where it was is left out. */
export function snapshotPath(info: PathInfo): SnapshotPath {
  return {
    path: info.path,
    name: nameOfPath(info.path),
    ...(info.deriver === undefined ? {} : { deriver: info.deriver }),
    references: info.references,
    narHash: info.narHash,
    narSize: info.narSize,
    ...(info.ca === undefined ? {} : { ca: info.ca }),
  }
}

const HASHED = /^[0-9abcdfghijklmnpqrsvwxyz]{32}-./
