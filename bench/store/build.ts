import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const DPKG = '/var/lib/dpkg/info'

/** A store of real files, built by the real Nix. */
export interface BenchStore {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** `NAME:BASE64` of the key that signed what was built. */
  readonly trustedKey: string
  readonly files: number
  readonly bytes: number
  readonly nix: (program: string, ...words: readonly string[]) => string
  readonly remove: () => void
}

/**
 * Build a store in `folder` from the installed Debian packages with the most files, until there are `files` files and
 * `bytes` bytes. What is there already is used again.
 */
export function buildDebianStore(
  folder: string,
  wanted: { readonly files: number; readonly bytes: number },
): BenchStore {
  mkdirSync(folder, { recursive: true })
  const place = realpathSync(folder)
  const keys = signingKeys(place)
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
      `secret-key-files = ${keys.secretFile}`,
      `trusted-public-keys = ${keys.trustedKey}`,
    ].join('\n'),
  }
  mkdirSync(env.NIX_STORE_DIR, { recursive: true })
  const nix = (program: string, ...words: readonly string[]) =>
    execFileSync(program, words, {
      cwd: place,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    })
  const list = packageList(place, wanted)
  const expression = new URL('debian.nix', import.meta.url).pathname
  nix('nix-build', expression, '--arg', 'list', list.file, '-o', join(place, 'result'), '--quiet')
  return {
    folder: place,
    env,
    trustedKey: keys.trustedKey,
    files: list.files,
    bytes: list.bytes,
    nix,
    remove: () => rmSync(place, { recursive: true, force: true }),
  }
}

interface Package {
  readonly name: string
  readonly files: string
  readonly refs: readonly string[]
}

/** The packages with the most files, as a JSON file, each after those it refers to. */
function packageList(folder: string, wanted: { readonly files: number; readonly bytes: number }) {
  const lists = join(folder, 'lists')
  mkdirSync(lists, { recursive: true })
  const sized = readdirSync(DPKG)
    .filter((file) => file.endsWith('.list'))
    .map((file) => {
      const paths = readFileSync(join(DPKG, file), 'utf8')
        .split('\n')
        .filter((path) => path.startsWith('/usr/'))
      const stats = paths.map((path) => lstatSync(path, { throwIfNoEntry: false }))
      const there = paths.filter((_, at) => stats[at] !== undefined)
      const regular = stats.filter((stat) => stat?.isFile() === true)
      return { file, paths: there, count: regular.length, size: regular.reduce((sum, stat) => sum + stat!.size, 0) }
    })
    .sort((a, b) => b.count - a.count)
  const packages: Package[] = []
  let [files, bytes] = [0, 0]
  for (const { file, paths, count, size } of sized) {
    if (files >= wanted.files && bytes >= wanted.bytes) break
    const name = basename(file, '.list').replace(/[^0-9A-Za-z+\-._?=]/g, '-')
    const target = join(lists, `${name}.txt`)
    writeFileSync(target, `${paths.map((path) => path.slice(1)).join('\n')}\n`)
    packages.push({ name, files: target, refs: packages.slice(-3).map((before) => before.name) })
    files += count
    bytes += size
  }
  const list = join(folder, 'packages.json')
  writeFileSync(list, JSON.stringify(packages))
  return { file: list, files, bytes }
}

function signingKeys(folder: string): { readonly secretFile: string; readonly trustedKey: string } {
  const secretFile = join(folder, 'secret.key')
  const publicFile = join(folder, 'public.key')
  try {
    return { secretFile, trustedKey: readFileSync(publicFile, 'utf8') }
  } catch {
    const { privateKey } = generateKeyPairSync('ed25519')
    const { d, x } = privateKey.export({ format: 'jwk' })
    const [seed, point] = [Buffer.from(d!, 'base64url'), Buffer.from(x!, 'base64url')]
    writeFileSync(secretFile, `bench-1:${Buffer.concat([seed, point]).toString('base64')}`, { mode: 0o600 })
    writeFileSync(publicFile, `bench-1:${point.toString('base64')}`)
    return signingKeys(folder)
  }
}
