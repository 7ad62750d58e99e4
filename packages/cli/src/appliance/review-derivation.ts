import { existsSync } from 'node:fs'
import { type ReviewSubject, readPatch, readSourceArchive } from '@firn/appliance'
import { fileSource } from '@firn/binary/source'
import { naming, UserError } from '@firn/core'
import { type Derivation, parseDerivation } from '@firn/nix'
import { nameOfPath, sourcesAndPatches } from '@firn/scan'
import { readSmall } from '../boot/files.ts'

/**
 * What a derivation builds a shim from. A source that is not in the store any more is known by the hash that its own
 * derivation demands. Errors: more or less than one source; a patch that is not in the store.
 */
export function sourcesOfDerivation(file: string): Required<Pick<ReviewSubject, 'source' | 'patches'>> {
  const derivation = read(file)
  const { sources, patches } = sourcesAndPatches(derivation)
  const [source, ...more] = sources
  if (source === undefined || more.length > 0) {
    throw new UserError(`${file}: it has ${sources.length} sources, a shim has one`, 'give the .drv of the shim itself')
  }
  return {
    source: archiveOf(file, source, derivation),
    patches: patches.map((path) => readPatch(nameOfPath(path), readSmall(path))),
  }
}

function archiveOf(file: string, path: string, derivation: Derivation): NonNullable<ReviewSubject['source']> {
  const name = nameOfPath(path)
  if (existsSync(path)) {
    const source = fileSource(path)
    try {
      return readSourceArchive(name, source)
    } finally {
      source.close()
    }
  }
  for (const input of derivation.inputDrvs.keys()) {
    if (!existsSync(input)) continue
    const output = [...read(input).outputs.values()].find((one) => one.path === path)
    if (output?.hashAlgo === 'sha256' && output.hash !== undefined) return { name, sha256: output.hash }
  }
  throw new UserError(
    `${file}: its source ${path} is not in the store`,
    'realise it, or give the archive with --source',
  )
}

function read(file: string): Derivation {
  return naming(file, () => parseDerivation(readSmall(file)))
}
