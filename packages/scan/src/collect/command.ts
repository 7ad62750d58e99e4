import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { EXIT, UserError } from '@firn/core'
import type { StorePlace } from '@firn/nix'
import { type Derivation, type PathInfo, parsePathInfo } from '@firn/nix'
import { readDerivationFiles } from './files.ts'
import { nameOfPath, snapshotPath } from './paths.ts'
import type { ClosureSource } from './source.ts'
import { outputPaths } from './stdenv.ts'

type Env = Readonly<Record<string, string | undefined>>

const execute = promisify(execFile)
/** The kernel takes 2 MB of arguments; a store path is some 80 bytes. */
const PATHS_A_CALL = 5000

/** A store by way of the `nix` command: the last resort, where neither database nor daemon can be reached. */
export async function commandSource(place: StorePlace, env: Env): Promise<ClosureSource> {
  await run('nix', ['--version'], env)
  const derivations = async (paths: readonly string[]) => readDerivationFiles(paths, place)
  return {
    storeDir: place.storeDir,
    closure: async (roots) => {
      // A `.drv` file stands for its outputs, unless it is said that it does not.
      const isDerivation = (path: string) => path.endsWith('.drv')
      const outputs = await pathInfos(
        roots.filter((path) => !isDerivation(path)),
        [],
        place,
        env,
      )
      const derivations = await pathInfos(roots.filter(isDerivation), ['--derivation'], place, env)
      const found = new Map([...outputs, ...derivations].map((info) => [info.path, snapshotPath(info)]))
      return [...found.values()]
    },
    valid: async (paths) => {
      const valid = new Set(paths)
      for (let start = 0; start < paths.length; start += PATHS_A_CALL) {
        const words = ['--check-validity', '--print-invalid', ...paths.slice(start, start + PATHS_A_CALL)]
        const invalid = await run('nix-store', storeWords(place, words), env)
        for (const path of invalid.split('\n')) valid.delete(path.trim())
      }
      return valid
    },
    derivers: async (paths) => claimants(paths, place, derivations),
    derivations,
    close: () => {},
  }
}

async function pathInfos(
  roots: readonly string[],
  options: readonly string[],
  place: StorePlace,
  env: Env,
): Promise<readonly PathInfo[]> {
  if (roots.length === 0) return []
  const words = ['--extra-experimental-features', 'nix-command', 'path-info', '--json', '--recursive', ...options]
  return parsePathInfo(await run('nix', storeWords(place, [...words, ...roots]), env), place.storeDir)
}

/** Nix 2.8 cannot be asked which derivations make a path, so those whose name fits are looked into. */
async function claimants(
  paths: readonly string[],
  place: StorePlace,
  derivations: (paths: readonly string[]) => Promise<ReadonlyMap<string, Derivation>>,
): Promise<ReadonlyMap<string, string>> {
  // `openssl-3.0.14-bin` is made by openssl-3.0.14.drv, unless it is an `out` of that very name.
  const names = new Set(paths.flatMap((path) => [nameOfPath(path), nameOfPath(path).replace(/-[^-]*$/, '')]))
  const candidates = readdirSync(place.realStoreDir).filter(
    (name) => name.endsWith('.drv') && names.has(nameOfPath(name).slice(0, -'.drv'.length)),
  )
  const parsed = await derivations(candidates.map((name) => `${place.storeDir}/${name}`).sort())
  const wanted = new Set(paths)
  const found = new Map<string, string>()
  for (const [derivation, content] of parsed) {
    for (const output of outputPaths(content)) {
      if (wanted.has(output) && !found.has(output)) found.set(output, derivation)
    }
  }
  return found
}

function storeWords(place: StorePlace, words: readonly string[]): string[] {
  return place.root === '' ? [...words] : ['--store', place.root, ...words]
}

async function run(program: string, words: readonly string[], env: Env): Promise<string> {
  try {
    const { stdout } = await execute(program, [...words], { env, maxBuffer: 1 << 30 })
    return stdout
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string }
    const said = stderr?.trim().split('\n').at(-1)
    throw new UserError(
      code === 'ENOENT' ? `${program} is not on the PATH` : `${program}: ${said || 'it failed and said nothing'}`,
      'check the path and --store, or scan where the store can be read',
      EXIT.store,
    )
  }
}
