import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** A folder in which the real Nix has a store and state of its own, with no daemon and no network. */
export interface NixPlace {
  readonly folder: string
  /** What makes `nix` and firn use it. */
  readonly env: Readonly<Record<string, string>>
  readonly storeDir: string
  readonly stateDir: string
  /** Run a program of Nix there; its output. */
  readonly nix: (program: string, ...words: readonly string[]) => string
  readonly remove: () => void
}

/** `settings`: further lines of nix.conf. What is there already is used again. */
export function makeNixPlace(folder: string, settings: readonly string[] = []): NixPlace {
  mkdirSync(join(folder, 'store'), { recursive: true, mode: 0o755 })
  const place = realpathSync(folder)
  const env = {
    NIX_STORE_DIR: join(place, 'store'),
    NIX_STATE_DIR: join(place, 'var/nix'),
    NIX_LOG_DIR: join(place, 'log'),
    NIX_CONF_DIR: join(place, 'etc'),
    NIX_REMOTE: '',
    NIX_CONFIG: [
      'build-users-group =',
      'sandbox = false',
      'substitute = false',
      'substituters =',
      'experimental-features = nix-command',
      'max-jobs = 2',
      ...settings,
    ].join('\n'),
  }
  return {
    folder: place,
    env,
    storeDir: env.NIX_STORE_DIR,
    stateDir: env.NIX_STATE_DIR,
    nix: (program, ...words) =>
      execFileSync(program, words, {
        cwd: place,
        env: { ...process.env, ...env },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 1 << 28,
      }),
    remove: () => rmSync(place, { recursive: true, force: true }),
  }
}

/** A new key pair as Nix writes it, `NAME:BASE64`: what its `secret-key-files` and its `trusted-public-keys` take. */
export function makeNixKeys(name: string): { readonly secret: string; readonly trusted: string } {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d!, 'base64url'), Buffer.from(x!, 'base64url')]
  return {
    secret: `${name}:${Buffer.concat([seed, point]).toString('base64')}`,
    trusted: `${name}:${point.toString('base64')}`,
  }
}
