import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A small real store that a test may do anything to. */
export interface TamperStore {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly storeDir: string
  readonly stateDir: string
  /** `NAME:BASE64`: who signed what was built. */
  readonly trustedKey: string
  /** Store paths by the attributes of tamper.nix. */
  readonly paths: Readonly<Record<'tool' | 'user' | 'other' | 'note' | 'flat' | 'tree', string>>
  readonly nix: (program: string, ...words: readonly string[]) => string
  /** Change Nix's database as an attacker would. */
  readonly sql: (statement: string, ...values: readonly (string | number | null)[]) => void
  readonly remove: () => void
}

/** Build tamper.nix in a folder of its own; `signed`: with a secret key in nix.conf. */
export function buildTamperStore({ signed = false }: { readonly signed?: boolean } = {}): TamperStore {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'firn-tamper-')))
  const { privateKey } = generateKeyPairSync('ed25519')
  const { d, x } = privateKey.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d!, 'base64url'), Buffer.from(x!, 'base64url')]
  writeFileSync(join(folder, 'secret'), `test-1:${Buffer.concat([seed, point]).toString('base64')}`)
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
      ...(signed ? [`secret-key-files = ${join(folder, 'secret')}`] : []),
    ].join('\n'),
  }
  mkdirSync(env.NIX_STORE_DIR, { mode: 0o755 })
  const nix = (program: string, ...words: readonly string[]) =>
    execFileSync(program, words, {
      cwd: folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const expression = new URL('tamper.nix', import.meta.url).pathname
  const names = ['tool', 'user', 'other', 'note', 'flat', 'tree'] as const
  const attribute = (name: string) => ['-A', name]
  const built = ['tool', 'user', 'other', 'flat', 'tree'] as const
  const results = nix('nix-build', expression, '--no-out-link', ...built.flatMap(attribute))
    .trim()
    .split('\n')
  const note = nix('nix', 'eval', '--raw', '-f', expression, 'note')
  const paths = Object.fromEntries(names.map((name) => [name, name === 'note' ? note : results[built.indexOf(name)]!]))
  return {
    folder,
    env,
    storeDir: env.NIX_STORE_DIR,
    stateDir: env.NIX_STATE_DIR,
    trustedKey: `test-1:${point.toString('base64')}`,
    paths: paths as TamperStore['paths'],
    nix,
    sql: (statement, ...values) => {
      const database = new DatabaseSync(join(env.NIX_STATE_DIR, 'db/db.sqlite'))
      database.prepare(statement).run(...values)
      database.close()
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
