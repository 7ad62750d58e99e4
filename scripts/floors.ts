/** The floors of the house (docs/architecture.md): a room may import only from rooms on lower floors. */
export const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  nix: 1,
  binary: 1,
  image: 1,
  attest: 1,
  report: 1,
  advisories: 2,
  changes: 2,
  store: 2,
  boot: 2,
  activation: 2,
  bootstrap: 2,
  scan: 3,
  appliance: 3,
  tracker: 4,
  check: 4,
  cli: 5,
}

/** The tracker's inner floors: http and jobs are neighbours. */
export const TRACKER_FLOORS: Readonly<Record<string, number>> = { db: 0, domain: 1, jobs: 2, http: 2 }

/** Smaller faces (package.json, exports) for those who must start fast: each module costs a millisecond. */
const SECOND_FACES = new Set([
  '@firn/core/fs',
  '@firn/core/download',
  '@firn/advisories/cpe',
  '@firn/advisories/version',
  '@firn/advisories/version-order',
  '@firn/binary/pe',
  '@firn/binary/source',
  '@firn/appliance/machine',
  '@firn/attest/envelope',
  '@firn/attest/merkle',
  '@firn/attest/verify',
  '@firn/boot/authenticode',
  '@firn/boot/esp',
  '@firn/boot/efivars',
  '@firn/boot/explain',
  '@firn/boot/measured',
  '@firn/boot/pcrsig',
  '@firn/boot/verify',
  '@firn/image/cpio',
  '@firn/image/fs-verity',
  '@firn/image/gpt',
  '@firn/nix/closure',
  '@firn/nix/place',
  '@firn/nix/store',
  '@firn/nix/tree',
  '@firn/report/plain',
  '@firn/scan/closure',
  '@firn/store/check',
  '@firn/store/seal',
  '@firn/store/verify',
])

/** One import statement: the file it stands in (from the root) and what it names. */
export interface Import {
  readonly file: string
  readonly target: string
}

/** All imports of a source text, static and dynamic. */
export function importsOf(file: string, text: string): Import[] {
  const statements = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)['"]([^'"\s]+)['"]/gm)
  return [...statements].map((match) => ({ file, target: match[1]! }))
}

/** Why an import is not allowed, or undefined. */
export function violation({ file, target }: Import): string | undefined {
  const [, room, place, folder] = file.split('/')
  if (room === undefined || FLOORS[room] === undefined) return `${file}: packages/${room} is on no floor`
  const neighbour = /^@firn\/([^/]+)(\/.*)?$/.exec(target)
  if (neighbour !== null) {
    const [, other, inside] = neighbour
    const floor = FLOORS[other!]
    if (floor === undefined) return `${file}: there is no room ${other}`
    if (inside !== undefined && !SECOND_FACES.has(target)) return `${file} reaches past the face of ${other}: ${target}`
    if (place === 'src' && other !== room && floor >= FLOORS[room])
      return `${file} (floor ${FLOORS[room]}) imports ${other} (floor ${floor})`
    return undefined
  }
  if (!target.startsWith('.')) return undefined
  const path = new URL(target, `file:///${file}`).pathname.slice(1)
  if (place !== 'src') return undefined
  if (!path.startsWith(`packages/${room}/`)) return `${file} reaches into ${path} by path`
  if (room !== 'tracker') return undefined
  const from = TRACKER_FLOORS[folder ?? '']
  const toFolder = path.split('/')[3] ?? ''
  const to = TRACKER_FLOORS[toFolder]
  if (from !== undefined && to !== undefined && toFolder !== folder && to >= from) {
    return `${file} (tracker/${folder}) imports tracker/${toFolder}`
  }
  return undefined
}
