import type { ByteSource } from '@firn/core'
import type { Level } from '@firn/report'
import type { Canonical } from './canonical.ts'
import type { Chain } from './chain.ts'

const MOST_TOLD = 10
const STEP = 4 << 20

/** What is not content and differs from what firn writes around these contents, in words; at most ten of them. */
export async function findDifferences(
  image: ByteSource,
  { layout }: Canonical,
  signal?: AbortSignal,
): Promise<string[]> {
  const found = new Set<string>()
  const told = (what: string, at: number) => {
    if (found.size < MOST_TOLD) found.add(`${what} (byte ${at})`)
  }
  let end = 0
  for (const { offset, size, what, content } of [
    ...layout.extents,
    { offset: image.size, size: 0, what: '', content: new Uint8Array() },
  ]) {
    for (let at = end; at < offset; at += STEP) {
      signal?.throwIfAborted()
      let from = at
      for (const chunk of image.chunks(at, Math.min(offset, at + STEP))) {
        const byte = firstNonZero(chunk)
        if (byte >= 0) told('room that is zero', from + byte)
        from += chunk.length
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (content instanceof Uint8Array && Buffer.compare(image.read(offset, size), content) !== 0) told(what, offset)
    end = offset + size
  }
  return [...found]
}

/** Comparing with zeros is much faster than looking at each byte. */
const ZEROS = new Uint8Array(1 << 18)
function firstNonZero(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const piece = bytes.subarray(at, at + ZEROS.length)
    if (Buffer.compare(piece, ZEROS.subarray(0, piece.length)) !== 0) return at + piece.findIndex((byte) => byte !== 0)
  }
  return -1
}

interface UnknownFile {
  readonly level: Level
  readonly path: string
  readonly why: string
}

/** Files that are not part of the chain: what would be picked up on the way is an error, the rest is told. */
export function unknownFiles({ files }: Canonical, { programs }: Chain): UnknownFile[] {
  const known = new Set(programs.map(({ path }) => path.replaceAll('\\', '/').replace(/^\//, '').toUpperCase()))
  return files.flatMap(({ path }): UnknownFile[] => {
    const name = path.toUpperCase()
    if (known.has(name) || EXPECTED.some((pattern) => pattern.test(name))) return []
    const picked = PICKED_UP.find(([pattern]) => pattern.test(name))
    if (picked !== undefined) return [{ level: 'error', path, why: picked[1] }]
    return [{ level: 'warning', path, why: 'no part of what is started' }]
  })
}

/** MokManager is checked by shim before it is started; the menu chooses only among what is signed. */
const EXPECTED = [
  /^EFI\/BOOT\/MM[A-Z0-9]+\.EFI$/,
  /^LOADER\/LOADER\.CONF$/,
  /^EFI\/SYSTEMD\/SYSTEMD-BOOT[A-Z0-9]+\.EFI$/,
]

const PICKED_UP: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\.EFI\.EXTRA\.D\//, 'the stub hands it to the system, and no signature covers it'],
  [/^LOADER\/(CREDENTIALS|ADDONS|EXTENSIONS)\//, 'the stub hands it to the system, and no signature covers it'],
  [/^EFI\/BOOT\/FB[A-Z0-9]+\.EFI$/, 'shim would start it first, and it writes boot entries'],
  [/\.(CRED|RAW)$/, 'the stub may hand it to the system'],
]
