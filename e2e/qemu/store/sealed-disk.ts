import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { part } from '../../../scripts/boot-parts.ts'
import { findProgram } from '../../../scripts/needs.ts'

/** A disk with a root file system whose store real Nix built and signed, and the seal of it, made outside. */
export interface SealedDisk {
  /** An ext4 image on which fs-verity may be switched on, and is not yet. */
  readonly image: string
  readonly seal: string
  /** The file of the key that belongs to the seal's. */
  readonly sealKey: string
  /** `NAME:BASE64`: who signed the store. */
  readonly trustedKey: string
  readonly store: string
  /** Store paths. */
  readonly system: string
  readonly data: string
}

const SIZE = 48 << 20

export function buildSealedDisk(folder: string): SealedDisk {
  const at = (name: string) => join(folder, name)
  const root = at('root')
  for (const name of ['dev', 'proc', 'run', 'sys', 'nix/store']) mkdirSync(join(root, name), { recursive: true })
  const busybox = part('busybox')
  const config = [
    'build-users-group =',
    'substitute = false',
    'sandbox = true',
    `sandbox-paths = /bin/sh=${busybox} /bin/busybox=${busybox}`,
    `secret-key-files = ${at('secret')}`,
  ]
  const build = ['--store', root, new URL('system.nix', import.meta.url).pathname, '--no-out-link']
  const env = { ...process.env, NIX_CONFIG: config.join('\n'), NIX_REMOTE: '', FIRN_STATE_DIR: at('state') }
  const run = (program: string, ...words: readonly string[]) =>
    execFileSync(program, words, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  run('nix-store', '--generate-binary-cache-key', 'test-1', at('secret'), at('public'))
  const system = run('nix-build', ...build)
  const seal = (...words: readonly string[]) =>
    run(process.execPath, join(import.meta.dirname, '../../../packages/cli/src/main.ts'), 'store', 'seal', ...words)
  seal('key', '-o', at('key'))
  seal(system, '--store', root, '--key', at('key'), '-o', at('store.seal'))
  const image = at('disk.img')
  writeFileSync(image, '')
  truncateSync(image, SIZE)
  run(findProgram('mkfs.ext4')!, '-q', '-F', '-b', '4096', '-O', 'verity,^has_journal', '-d', root, image)
  const store = join(root, 'nix/store')
  return {
    image,
    seal: at('store.seal'),
    sealKey: at('key.pub'),
    trustedKey: readFileSync(at('public'), 'utf8').trim(),
    store,
    system,
    data: `/nix/store/${basename(run('readlink', join(store, basename(system), 'data')))}`,
  }
}
