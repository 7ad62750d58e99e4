import { join } from 'node:path'
import { decompress } from '@firn/binary'
import { EXIT, UserError } from '@firn/core'
import type { StorePlace } from '@firn/nix'
import { type Derivation, NarFileReader, type NarInfo, parseCacheInfo, parseNarInfo, parseStorePath } from '@firn/nix'
import { DERIVATION_LIMIT, derivationOf, inStore, readIfThere } from './files.ts'
import { snapshotPath } from './paths.ts'
import type { ClosureSource } from './source.ts'

const CACHE_INFO_LIMIT = 1 << 16
const NARINFO_LIMIT = 16 << 20
/** What a NAR may have beside the contents of its one file, with room to spare. */
const NAR_OVERHEAD = 4096
/** Of the ways a cache packs its NARs, those that are unpacked here; lz4, lrzip and their like nobody uses. */
const UNPACKED: ReadonlySet<string> = new Set(['none', 'zstd', 'br', 'gzip', 'xz', 'bzip2'])

/**
 * A binary cache in a folder: the closure by its `.narinfo` files, without a look into the NARs, except those of
 * derivations where the cache has them.
 */
export function narinfoSource(place: StorePlace): ClosureSource {
  requireSameStore(place)
  const known = new Map<string, NarInfo | undefined>()
  const infoOf = (path: string): NarInfo | undefined => {
    if (!known.has(path)) known.set(path, readNarInfo(path, place))
    return known.get(path)
  }
  return {
    storeDir: place.storeDir,
    closure: async (roots) => closureOf(roots, infoOf, place).map(snapshotPath),
    valid: async (paths) => new Set(paths.filter((path) => infoOf(path) !== undefined)),
    // A cache does not list which derivations make a path: that takes a store.
    derivers: async () => new Map(),
    derivations: async (paths) => {
      const found = new Map<string, Derivation>()
      for (const path of paths) {
        const info = infoOf(path)
        const bytes = info === undefined ? undefined : await readNarFile(info, place)
        if (bytes !== undefined) found.set(path, derivationOf(path, bytes))
      }
      return found
    },
    close: () => {},
  }
}

function requireSameStore(place: StorePlace): void {
  const file = join(place.root, 'nix-cache-info')
  const { storeDir } = parseCacheInfo(Buffer.from(readIfThere(file, CACHE_INFO_LIMIT) ?? []).toString())
  if (storeDir === place.storeDir) return
  throw new UserError(
    `${file}: this cache is of ${storeDir}, not of ${place.storeDir}`,
    `set NIX_STORE_DIR=${storeDir}`,
    EXIT.store,
  )
}

function closureOf(
  roots: readonly string[],
  infoOf: (path: string) => NarInfo | undefined,
  place: StorePlace,
): NarInfo[] {
  const cameFrom = new Map<string, string>(roots.map((root) => [root, '']))
  const found: NarInfo[] = []
  // A map goes on to what is added to it on the way.
  for (const [path, referrer] of cameFrom) {
    const info = infoOf(path)
    if (info === undefined) throw absent(path, referrer, place)
    found.push(info)
    for (const reference of info.references) if (!cameFrom.has(reference)) cameFrom.set(reference, path)
  }
  return found
}

function readNarInfo(path: string, place: StorePlace): NarInfo | undefined {
  const file = join(place.root, `${parseStorePath(path, place.storeDir).hash}.narinfo`)
  const bytes = readIfThere(file, NARINFO_LIMIT)
  if (bytes === undefined) return undefined
  const info = inStore(file, () => parseNarInfo(Buffer.from(bytes).toString(), place.storeDir))
  return info.path === path ? info : undefined
}

/** Undefined where the NAR is not there, or packed in a way that is not unpacked here. */
async function readNarFile(info: NarInfo, place: StorePlace): Promise<Uint8Array | undefined> {
  if (!UNPACKED.has(info.compression) || !/^(?:[\w+=-][\w.+=-]*\/)*[\w+=-][\w.+=-]*$/.test(info.url)) return undefined
  const packed = readIfThere(join(place.root, info.url), DERIVATION_LIMIT)
  if (packed === undefined) return undefined
  const file = new NarFileReader(DERIVATION_LIMIT)
  const pieces =
    info.compression === 'none' ? [packed] : decompress([packed], info.url, DERIVATION_LIMIT + NAR_OVERHEAD)
  for await (const piece of pieces) inStore(info.url, () => file.push(piece))
  return inStore(info.url, () => file.bytes())
}

function absent(path: string, referrer: string, place: StorePlace): UserError {
  const why = referrer === '' ? '' : `, and ${referrer} refers to it`
  return new UserError(
    `${path}: not in the binary cache ${place.root}${why}`,
    'copy the whole closure into the cache (nix copy), or name a path that it has',
    EXIT.store,
  )
}
