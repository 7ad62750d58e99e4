import { spawnSync } from 'node:child_process'
import { part } from '../../../scripts/boot-parts.ts'
import { findProgram } from '../../../scripts/needs.ts'
import type { Bench } from '../boot/bench.ts'
import { obedientStore } from './obedient.ts'
import { applianceInitrd, kernelFile, QUICK, SYSTEM } from './system.ts'

const firn = new URL('../../../firn', import.meta.url).pathname

/** What opening a partition for data takes: programs of this machine, and libraries that no program names. */
export const DATA = {
  data: true,
  programs: ['findfs', 'cryptsetup', 'systemd-cryptenroll', 'mkfs.ext4'],
  libraries: [
    '/lib/x86_64-linux-gnu/cryptsetup/libcryptsetup-token-systemd-tpm2.so',
    ...['esys', 'mu', 'rc', 'tcti-device'].map((name) => `/usr/lib/x86_64-linux-gnu/libtss2-${name}.so.0`),
  ],
} as const

/** The initial RAM disk of these machines: it opens data, knows FAT and a network card. */
export function dataInitrd(init?: string, files: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  return applianceInitrd('cloud', {
    ...DATA,
    programs: DATA.programs.map((name) => findProgram(name)!),
    modules: ['vfat', 'nls_cp437', 'nls_ascii', 'virtio_pci', 'virtio_net'],
    ...(init !== undefined && { init }),
    files,
  })
}

/** Run firn where the keys are; what it prints. Error: it fails. */
export function run(bench: Bench, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(firn, words, { cwd: bench.folder, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`firn ${words.join(' ')}: ${status}: ${stderr}${stdout}`)
  return stdout
}

/**
 * `firn appliance disk`, with a system that does what it is told, and files of the bench in it. Gives the image's path.
 * The partition for data is small, since an emulated machine writes its checksums for seconds: LUKS2 takes 16 MiB of it.
 */
export function makeDisk(bench: Bench, counter: number, put: readonly string[] = []): string {
  const store = obedientStore(bench, String(counter), put)
  const name = `disk-${counter}`
  run(
    bench,
    ...['appliance', 'disk', '--image', store, '--init', `${SYSTEM}/init`, '--initrd', 'initrd'],
    ...['--kernel', kernelFile('cloud'), '--stub', part('stub'), '--bootloader', part('bootloader')],
    ...['--cert', 'keys/db.pem', '--key', 'keys/db.key', '--pcr-key', 'pcr.key', '--data-size', '24M'],
    ...['--name', 'router', '--counter', String(counter), '--version', `26.${counter}`, '--mismatch', 'restart'],
    ...['console=ttyS0', 'quiet', ...QUICK].flatMap((word) => ['--param', word]),
    ...['-o', name],
  )
  return bench.at(name)
}
