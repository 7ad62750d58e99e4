import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = new URL('.', import.meta.url).pathname

/** A real store in a folder of its own, with its own state, that needs no daemon and no network. */
export interface FixtureStore {
  readonly folder: string
  /** What makes `nix` and firn use it. */
  readonly env: Readonly<Record<string, string>>
  /** The link that nix-build made. */
  readonly result: string
  /** The store path it points to. */
  readonly system: string
  readonly nix: (program: string, ...args: readonly string[]) => string
  readonly remove: () => void
}

/** Build store.nix. `scale` adds that many packages in layers, for measurements. */
export function buildFixtureStore(list: string, scale = 0): FixtureStore {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'firn-store-')))
  const env = {
    NIX_STORE_DIR: join(folder, 'store'),
    NIX_STATE_DIR: join(folder, 'var/nix'),
    NIX_LOG_DIR: join(folder, 'log'),
    NIX_CONF_DIR: join(folder, 'etc'),
    NIX_REMOTE: '',
    NIX_CONFIG: [
      'build-users-group =',
      'sandbox = false',
      'substitute = false',
      'substituters =',
      'experimental-features = nix-command',
      'max-jobs = 2',
    ].join('\n'),
  }
  mkdirSync(env.NIX_STORE_DIR)
  const nix = (program: string, ...args: readonly string[]) =>
    execFileSync(program, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    })
  const result = join(folder, 'result')
  const build = ['--arg', 'list', list, '--arg', 'scale', String(scale), '-o', result]
  const system = nix('nix-build', join(here, 'store.nix'), ...build).trim()
  return { folder, env, result, system, nix, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
