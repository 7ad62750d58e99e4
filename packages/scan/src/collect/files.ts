import { readFileSync } from 'node:fs'
import { naming } from '@firn/core'
import { type Derivation, parseDerivation } from '@firn/nix'
import { realPath, type StorePlace } from './roots.ts'

/**
 * Derivations read straight from the store's folder, one after the other: a few kilobytes each, so that waiting for
 * each by itself would take longer than reading it. What is not there is left out.
 */
export function readDerivationFiles(paths: readonly string[], place: StorePlace): Map<string, Derivation> {
  const found = new Map<string, Derivation>()
  for (const path of paths) {
    const bytes = readIfThere(realPath(path, place))
    if (bytes !== undefined)
      found.set(
        path,
        naming(path, () => parseDerivation(bytes)),
      )
  }
  return found
}

function readIfThere(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
