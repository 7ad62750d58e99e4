import type { Snapshot, SnapshotDerivation, SnapshotPath } from '../src/collect/snapshot.ts'

/** A store path whose hash part is made from one letter. */
export function storePath(letter: string, name: string): string {
  return `/nix/store/${letter.repeat(32)}-${name}`
}

export function aPath(letter: string, name: string, more: Partial<SnapshotPath> = {}): SnapshotPath {
  return { path: storePath(letter, name), name, references: [], narHash: 'sha256-AA==', narSize: 100, ...more }
}

export function aDerivation(letter: string, name: string, more: Partial<SnapshotDerivation> = {}): SnapshotDerivation {
  return {
    path: storePath(letter, `${name}.drv`),
    name,
    system: 'x86_64-linux',
    outputs: {},
    fixedOutput: false,
    patches: [],
    sources: [],
    ...more,
  }
}

export function aSnapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    schema: 'firn/snapshot/1',
    storeDir: '/nix/store',
    kind: 'runtime',
    roots: [storePath('a', 'toplevel')],
    paths: [aPath('a', 'toplevel', { references: [storePath('b', 'openssl-3.0.14')] }), aPath('b', 'openssl-3.0.14')],
    derivations: [],
    ...more,
  }
}
