import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync } from 'node:fs'

/** A FAT image with these files, as a disk without partitions; the firmware takes such a disk as it takes a partition. */
export function makeEsp(path: string, files: Readonly<Record<string, Uint8Array | string>>, megabytes = 16): string {
  const file = openSync(path, 'w')
  ftruncateSync(file, megabytes * 2 ** 20)
  closeSync(file)
  mtools('mformat', '-i', path, '-v', 'ESP', '::')
  const folders = new Set(Object.keys(files).flatMap(foldersAbove))
  if (folders.size > 0) mtools('mmd', '-i', path, ...[...folders].map((folder) => `::/${folder}`))
  for (const [name, content] of Object.entries(files)) addFile(path, name, content)
  return path
}

/** Put one file into the image: what it holds, or the path of one to copy. */
export function addFile(image: string, name: string, content: Uint8Array | string): void {
  if (typeof content === 'string') {
    mtools('mcopy', '-o', '-i', image, content, `::/${name}`)
    return
  }
  execFileSync('mcopy', ['-o', '-i', image, '-', `::/${name}`], {
    input: content,
    env: ENV,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

const ENV = { ...process.env, MTOOLS_SKIP_CHECK: '1' }

function mtools(program: string, ...args: string[]): void {
  execFileSync(program, args, { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** `EFI`, `EFI/BOOT` for `EFI/BOOT/BOOTX64.EFI`. */
function foldersAbove(name: string): string[] {
  const parts = name.split('/').slice(0, -1)
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}
