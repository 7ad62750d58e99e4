import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { makeNixKeys, makeNixPlace, type NixPlace } from '../../e2e/store/place.ts'

const DPKG = '/var/lib/dpkg/info'

/** A store of real files, built by the real Nix. */
export interface BenchStore extends NixPlace {
  /** `NAME:BASE64` of the key that signed what was built. */
  readonly trustedKey: string
  readonly files: number
  readonly bytes: number
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
  const keys = signingKeys(realpathSync(folder))
  const place = makeNixPlace(folder, [
    `secret-key-files = ${keys.secretFile}`,
    `trusted-public-keys = ${keys.trustedKey}`,
  ])
  const { file, files, bytes } = packageList(place.folder, wanted)
  const expression = new URL('debian.nix', import.meta.url).pathname
  place.nix('nix-build', expression, '--arg', 'list', file, '-o', join(place.folder, 'result'), '--quiet')
  return { ...place, trustedKey: keys.trustedKey, files, bytes }
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
    const keys = makeNixKeys('bench-1')
    writeFileSync(secretFile, keys.secret, { mode: 0o600 })
    writeFileSync(publicFile, keys.trusted)
    return signingKeys(folder)
  }
}
