import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildInitrd, type InitrdWords, MEDIA_MODULES } from '@firn/appliance'
import { buildErofs, layoutSource, readFileTree } from '@firn/image'
import { part } from '../../../scripts/boot-parts.ts'
import { findProgram } from '../../../scripts/needs.ts'

/** The small kernel, which starts fastest, or the one for all machines, which knows USB and SATA. */
export type KernelKind = 'cloud' | 'generic'

export const kernelFile = (kind: KernelKind): string => part(kind === 'cloud' ? 'kernel' : 'kernel-generic')

/** lib/modules/VERSION of a kernel, with the lists that depmod makes: the package leaves that to whoever installs it. */
export function kernelModules(kind: KernelKind): string {
  const folder = kind === 'cloud' ? join(part('modules'), '..') : part('modules-generic')
  if (!existsSync(join(folder, 'modules.dep'))) {
    execFileSync(findProgram('depmod')!, ['-b', join(folder, '../../..'), basename(folder)])
  }
  return folder
}

/**
 * Words for the kernel that spare an emulated machine a fifth of its start: no detours around flaws of processors, no tests
 * of each cipher, no other place in memory each time.
 */
export const QUICK = ['mitigations=off', 'cryptomgr.notests', 'nokaslr'] as const

/** The initial RAM disk under test, of programs of this machine. The small kernel is for machines with an NVMe drive. */
export function applianceInitrd(kind: KernelKind, more: Partial<InitrdWords> = {}): Uint8Array {
  return buildInitrd({
    ...more,
    kernelModules: kernelModules(kind),
    modules: ['erofs', ...(more.modules ?? [])],
    wantedModules: [...(kind === 'generic' ? MEDIA_MODULES : ['nvme']), ...(more.wantedModules ?? [])],
    programs: [part('busybox'), findProgram('veritysetup')!, ...(more.programs ?? [])],
    fast: true,
  })
}

export const SYSTEM = '/nix/store/00000000000000000000000000000002-system'
const BUSYBOX = '00000000000000000000000000000001-busybox'
const DATA = '00000000000000000000000000000003-data'

/** What the system says when it is up, and when it has read every file of its store. */
export const UP = 'GUEST: up'
export const DONE = 'GUEST: read everything'

/** The first process of the system: it reads the whole store, file by file. */
const INIT = `#!/nix/store/${BUSYBOX}/bin/busybox sh
b=/nix/store/${BUSYBOX}/bin/busybox
echo '${UP}'
$b find /nix/store -type f >/run/files
while read -r file; do $b cat "$file" >/dev/null 2>&1 || echo "GUEST: cannot read $file"; done </run/files
echo '${DONE}'
$b poweroff -f
`

/** An image of a store that boots, and of some files that it does not need to. */
export function storeImage(folder: string): Buffer {
  return imageOf(makeStore(folder))
}

/** A folder as the content of /nix/store. */
export function imageOf(store: string): Buffer {
  const tree = readFileTree(store)
  if (tree.kind !== 'directory') throw new Error('a store is a folder')
  const image = layoutSource(buildErofs(tree, { uuid: '00000000-0000-4000-8000-000000000001', time: 1 }))
  try {
    return Buffer.from(image.read(0, image.size))
  } finally {
    image.close()
  }
}

/** The content of /nix/store. */
function makeStore(folder: string): string {
  const store = join(folder, 'store')
  for (const name of [join(BUSYBOX, 'bin'), basename(SYSTEM), DATA]) mkdirSync(join(store, name), { recursive: true })
  cpSync(part('busybox'), join(store, BUSYBOX, 'bin/busybox'))
  writeFileSync(join(store, basename(SYSTEM), 'init'), INIT)
  chmodSync(join(store, basename(SYSTEM), 'init'), 0o555)
  for (let i = 0; i < 40; i++) writeFileSync(join(store, DATA, `file-${i}`), content(i))
  return store
}

/** Bytes by which a file can be found in an image. */
function content(i: number): Buffer {
  return Buffer.alloc(20_000, `${marker(i)} `)
}

export function marker(i: number): string {
  return `the content of file ${i}, which nothing needs;`
}
