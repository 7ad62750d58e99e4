import { spawnSync } from 'node:child_process'
import { type BytePath, bytePath } from '@firn/nix/tree'

/** An attribute that a file has. */
export interface Xattr {
  readonly place: BytePath
  readonly name: string
}

const BATCH = 100
const TIMEOUT_MS = 10 * 60_000

/**
 * The extended attributes in some trees, as the program getfattr (Debian: attr) lists them; for where the system calls
 * cannot be had. Undefined: there is no such program, or it failed.
 */
export function listXattrs(roots: readonly BytePath[], program = 'getfattr'): Xattr[] | undefined {
  const found: Xattr[] = []
  for (let start = 0; start < roots.length; start += BATCH) {
    const batch = roots.slice(start, start + BATCH).map((root) => Buffer.from(root, 'latin1').toString())
    const words = ['--recursive', '--physical', '--no-dereference', '--match=-', '--absolute-names', '--', ...batch]
    const { error, signal, stdout } = spawnSync(program, words, {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
      timeout: TIMEOUT_MS,
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    })
    if (error !== undefined || signal !== null) return undefined
    found.push(...parseGetfattr(stdout))
  }
  return found
}

/** Read what getfattr prints: `# file: PATH`, a name a line, an empty line. Odd bytes stand as `\ooo`. */
export function parseGetfattr(output: Uint8Array): Xattr[] {
  const found: Xattr[] = []
  let place: BytePath | undefined
  for (const line of bytePath(output).split('\n')) {
    if (line === '') place = undefined
    else if (line.startsWith('# file: ')) place = unescapeOctal(line.slice(8))
    else if (place !== undefined) found.push({ place, name: unescapeOctal(line) })
  }
  return found
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
