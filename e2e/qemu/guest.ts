import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { part } from '../../scripts/boot-parts.ts'
import { findProgram } from '../../scripts/needs.ts'
import { type InitrdFile, makeInitrd } from './initrd.ts'

/**
 * A Linux system with Node and firn, out of what this machine has: an ext4 image that is only read, and an initrd that
 * finds it. `script` is what it runs as root; /tmp, /run and /work are in memory.
 */
export interface Guest {
  readonly root: string
  readonly initrd: Buffer
}

export const GUEST_NODE = '/bin/node --disable-warning=ExperimentalWarning'
export const GUEST_FIRN = `${GUEST_NODE} /firn/packages/cli/src/main.ts`

/**
 * What Node made of firn's sources before: in an emulated machine that takes it longer than what is tested. Its folder is
 * named after the processor's features, too, on which nothing in it depends.
 */
const CACHE = '/compile-cache'
const FOLDER_NAME = `'process.version + "-" + process.arch + "-" + v8.cachedDataVersionTag().toString(16) + "-0"'`

/** Kernel modules in an order in which each finds what it needs. */
const MODULES = [
  ...['drivers/virtio/virtio_ring', 'drivers/virtio/virtio', 'drivers/virtio/virtio_pci_legacy_dev'],
  ...['drivers/virtio/virtio_pci_modern_dev', 'drivers/virtio/virtio_pci', 'drivers/block/virtio_blk'],
  ...['fs/nls/nls_cp437', 'fs/nls/nls_ascii', 'fs/fat/fat', 'fs/fat/vfat', 'fs/efivarfs/efivarfs'],
]

const FIND_ROOT = `
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in ${MODULES.map((path) => basename(path)).join(' ')}; do insmod /modules/$module.ko 2>/dev/null; done
mkdir -p /root
until for disk in /dev/nvme*n1 /dev/vd*; do mount -t ext4 -o ro $disk /root 2>/dev/null && break; done; [ -e /root/start ]; do sleep 0.1; done
mount -t devtmpfs dev /root/dev
exec switch_root /root /bin/sh /start
`

/** Shell: Node takes what it made before. `node`: where it is, in the guest. */
export function useCache(node = '/bin/node'): string {
  return `
export NODE_COMPILE_CACHE=/tmp/compile-cache
mkdir /tmp/compile-cache; made=$(ls ${CACHE} 2>/dev/null)
[ -z "$made" ] || ln -s ${CACHE}/$made /tmp/compile-cache/$(NODE_COMPILE_CACHE= ${node} -p ${FOLDER_NAME})
`
}

const START = `
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /tmp; mount -t tmpfs work /work; mount -t tmpfs run /run
mount -t efivarfs efivars /sys/firmware/efi/efivars 2>/dev/null
export HOME=/tmp PATH=/bin
${useCache()}`

/** Build it in `folder`. `files` are put into the root, by their path there. */
export function makeGuest(folder: string, script: string, files: Readonly<Record<string, string>> = {}): Guest {
  const stage = join(folder, 'root')
  for (const name of ['bin', 'dev', 'proc', 'sys', 'tmp', 'work', 'run', 'esp'])
    mkdirSync(join(stage, name), { recursive: true })
  addBusybox(stage)
  // firn takes protection off variables with it; that of busybox knows no `--`.
  addProgram(stage, findProgram('chattr')!, 'chattr')
  addFirn(stage, ['boot vars write', 'boot vars restore', 'boot vars backup', 'boot install'])
  writeFileSync(join(stage, 'start'), `${START}${script}`)
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(stage, path)), { recursive: true })
    cpSync(source, join(stage, path), { recursive: true })
  }
  const root = join(folder, 'root.img')
  writeFileSync(root, '')
  truncateSync(root, 400 * 2 ** 20)
  execFileSync(findProgram('mkfs.ext4')!, ['-q', '-F', '-O', '^has_journal', '-d', stage, root], { stdio: 'ignore' })
  rmSync(stage, { recursive: true })
  return { root, initrd: makeInitrd(FIND_ROOT, MODULES.map(moduleFile)) }
}

/** Node keeps what it made under the path of the source, so it runs where the paths are the guest's. Not root: no cache. */
function fillCache(stage: string, commands: readonly string[]): void {
  const env = { NODE_COMPILE_CACHE: CACHE, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  const [node, ...words] = GUEST_NODE.split(' ') as [string, ...string[]]
  for (const command of commands) {
    const firn = ['/firn/packages/cli/src/main.ts', ...command.split(' '), '--help']
    spawnSync('chroot', [stage, node, ...words, ...firn], { env, stdio: 'ignore' })
  }
}

/** A module of the kernel, by its path without the ending; it lies in /modules of the initrd. */
export function moduleFile(path: string): InitrdFile {
  return {
    name: `modules/${basename(path)}.ko`,
    content: readFileSync(join(part('modules'), `${path}.ko`)),
    mode: 0o100644,
  }
}

/** All of busybox, in /bin of the guest. */
export function addBusybox(stage: string): void {
  cpSync(part('busybox'), join(stage, 'bin/busybox'))
  const applets = execFileSync(part('busybox'), ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(stage, 'bin', applet))
}

/** A program of this machine, with the libraries that it wants. */
export function addProgram(stage: string, program: string, name: string): void {
  rmSync(join(stage, 'bin', name), { force: true })
  copyFileSync(program, join(stage, 'bin', name))
  const told = execFileSync('ldd', [program], { encoding: 'utf8' })
  for (const [, path] of told.matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(dirname(join(stage, path!)), { recursive: true })
    copyFileSync(path!, join(stage, path!))
  }
}

/** Node, and firn in the folder /firn of the guest, ready to run these commands without compiling them. */
export function addFirn(stage: string, commands: readonly string[]): void {
  addProgram(stage, process.execPath, 'node')
  const from = new URL('../..', import.meta.url).pathname
  const to = join(stage, 'firn')
  const sources = globSync(['package.json', 'packages/*/package.json', 'packages/*/src', 'e2e/boot/install-loop.ts'], {
    cwd: from,
  })
  for (const path of sources) cpSync(join(from, path), join(to, path), { recursive: true })
  mkdirSync(join(to, 'node_modules/@firn'), { recursive: true })
  for (const path of globSync('packages/*', { cwd: from })) {
    symlinkSync(`../../${path}`, join(to, 'node_modules/@firn', basename(path)))
  }
  fillCache(stage, commands)
}
