import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'

/** A folder that is gone after the tests. */
export function workFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'firn-image-'))
  after(() => rmSync(path, { recursive: true }))
  return path
}

/** mtools reads long names by the locale. */
const UTF8 = { ...process.env, LC_ALL: 'C.UTF-8' }

/** A FAT file system made by mkfs.fat and mtools. `files`: path to content; folders are made. */
export function makeFat(
  path: string,
  sectors: number,
  options: readonly string[],
  files: Readonly<Record<string, Uint8Array>>,
): string {
  rmSync(path, { force: true })
  execFileSync('/sbin/mkfs.fat', ['-C', '--invariant', ...options, path, String(sectors / 2)], { stdio: 'ignore' })
  const tree = mkdtempSync(`${path}-`)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), content)
  }
  const top = readdirSync(tree).map((name) => join(tree, name))
  if (top.length > 0) execFileSync('mcopy', ['-s', '-i', path, ...top, '::'], { env: UTF8 })
  rmSync(tree, { recursive: true })
  return path
}
