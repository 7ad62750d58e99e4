import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeNixPlace, type NixPlace } from './place.ts'

/** A store with something like a system in it. */
export interface FixtureStore extends NixPlace {
  /** The link that nix-build made. */
  readonly result: string
  /** The store path it points to. */
  readonly system: string
}

/** Build store.nix. `scale` adds that many packages in layers, for measurements. */
export function buildFixtureStore(list: string, scale = 0): FixtureStore {
  const place = makeNixPlace(mkdtempSync(join(tmpdir(), 'firn-store-')))
  const result = join(place.folder, 'result')
  const expression = new URL('store.nix', import.meta.url).pathname
  const words = ['--arg', 'list', list, '--arg', 'scale', String(scale), '-o', result]
  return { ...place, result, system: place.nix('nix-build', expression, ...words).trim() }
}
