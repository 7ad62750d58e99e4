import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import { UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { type CpioEntry, writeCpio } from '@firn/image'
import { APPLETS, dataScript, initScript } from '../init/script.ts'
import { elfClosure, loaderOf } from './elf-closure.ts'
import { readModule, readModuleLists } from './kernel-modules.ts'
import { type LoadStep, loadOrder } from './load-order.ts'

export interface InitrdWords {
  /** The folder lib/modules/VERSION of the kernel that will be started. */
  readonly kernelModules: string
  /** Names or aliases of modules without which it cannot work, beside `ESSENTIAL_MODULES`. */
  readonly modules: readonly string[]
  /** Modules for what a machine may have. Those that the kernel does not have are left out (`MEDIA_MODULES`). */
  readonly wantedModules?: readonly string[]
  /** Programs of this machine, by their paths; `busybox` and `veritysetup` have to be among them. */
  readonly programs: readonly string[]
  /** Libraries that these programs open while they run (dlopen): nothing in the programs tells of them. */
  readonly libraries?: readonly string[]
  /** It opens a partition for data: cryptsetup, systemd-cryptenroll and mkfs.ext4 are needed, too. */
  readonly data?: boolean
  /** The first process, when it is not to be that of `initScript`. */
  readonly init?: string
  /** More files, by their path in the initrd, without a leading slash. */
  readonly files?: Readonly<Record<string, Uint8Array>>
  /** Packed in a second instead of ten, and an eighth larger. */
  readonly fast?: boolean
}

/** What `initScript` cannot do without. */
export const ESSENTIAL_MODULES = ['loop', 'dm-verity', 'crypto-sha256'] as const

/** What disks, sticks and CDs of most machines want; the sums of verity in faster ways. */
export const MEDIA_MODULES = [
  ...['ahci', 'ata_piix', 'nvme', 'sd_mod', 'sr_mod', 'usb_storage', 'uas', 'xhci_pci', 'ehci_pci', 'uhci_hcd'],
  ...['mmc_block', 'sdhci_pci', 'virtio_pci', 'virtio_blk', 'virtio_scsi', 'sha256_ssse3', 'sha256_ce'],
] as const

/** What opening a partition for data takes, beside what every initrd has. */
const DATA_MODULES = ['dm-crypt', 'dm-integrity', 'authenc', 'xts', 'crypto-aes', 'crypto-hmac', 'ext4'] as const
/** A machine without UEFI does not take the first; that it makes no data there is for data.sh to say. */
const DATA_WANTED = ['efivarfs', 'tpm_crb', 'tpm_tis', 'aesni_intel'] as const
const DATA_PROGRAMS = ['cryptsetup', 'systemd-cryptenroll', 'mkfs.ext4'] as const
const DATA_LIBRARIES = [
  'libcryptsetup-token-systemd-tpm2.so',
  ...['libtss2-esys.so.0', 'libtss2-mu.so.0', 'libtss2-rc.so.0', 'libtss2-tcti-device.so.0'],
] as const

const FAST = 5
const BEST = 19

/**
 * The initial RAM disk: kernel modules in the order in which they load, programs with all that their loaders look for,
 * and the first process, as a cpio archive in zstd. The same inputs give the same bytes. Errors: a module, a program or a
 * library that is missing.
 */
export function buildInitrd(words: InitrdWords): Uint8Array {
  const files = new Map<string, CpioEntry>()
  const add = (entry: CpioEntry) => {
    const there = files.get(entry.name)
    if (there !== undefined) throw new UserError(`two files want to be ${entry.name} in the initrd`, 'leave one out')
    files.set(entry.name, entry)
  }
  for (const entry of [...programEntries(words), ...moduleEntries(words)]) add(entry)
  add(file('init', Buffer.from(words.init ?? initScript()), 0o755))
  add(file('data.sh', Buffer.from(dataScript()), 0o644))
  // The kernel opens it before anything is mounted.
  add({ kind: 'device', name: 'dev/console', mode: 0o600, major: 5, minor: 1 })
  for (const [name, content] of Object.entries(words.files ?? {})) add(file(name, content, 0o644))
  const archive = writeCpio([...foldersOf(files.keys()), ...sorted(files.values())])
  // zstd gives the same bytes on every processor, which zlib in its fastest form does not.
  const level = words.fast === true ? FAST : BEST
  return zstdCompressSync(archive, { params: { [constants.ZSTD_c_compressionLevel]: level } })
}

function programEntries({ programs, libraries: opened = [], data = false }: InitrdWords): CpioEntry[] {
  const needsAll = (needed: readonly string[], given: readonly string[], option: string, kind: string) => {
    for (const name of needed) {
      if (given.some((path) => basename(path) === name)) continue
      throw new UserError(
        `an initrd${data ? ' for data' : ''} needs the ${kind} ${name}`,
        `give its path: ${option} /…/${name}`,
      )
    }
  }
  needsAll(['busybox', 'veritysetup', ...(data ? DATA_PROGRAMS : [])], programs, '--program', 'program')
  if (data) needsAll(DATA_LIBRARIES, opened, '--library', 'library')
  const loader = programs.map(loaderOf).find((path) => path !== undefined)
  const libraries = new Set([...programs, ...opened].flatMap((path) => elfClosure(path, loader)))
  for (const path of opened) libraries.add(path)
  const applets = APPLETS.map((name): CpioEntry => ({ kind: 'symlink', name: `bin/${name}`, target: 'busybox' }))
  return [
    ...programs.map((path) => file(`bin/${basename(path)}`, read(path), 0o755)),
    ...[...libraries].map((path) => file(path.slice(1), read(path), 0o755)),
    ...applets,
  ]
}

function moduleEntries({ kernelModules, modules, wantedModules = [], data = false }: InitrdWords): CpioEntry[] {
  const lists = readModuleLists(kernelModules)
  const required = [...ESSENTIAL_MODULES, ...(data ? DATA_MODULES : []), ...modules]
  const steps = loadOrder(lists, required, [...(data ? DATA_WANTED : []), ...wantedModules])
  const loaded = steps.filter(({ kind }) => kind !== 'any').map(({ names: [name] }) => name!)
  return [
    file('modules/order', Buffer.from(orderText(steps)), 0o644),
    ...loaded.map((name) => {
      const content = readModule(join(kernelModules, lists.modules.get(name)!.path))
      return file(`modules/${name}.ko`, content, 0o644)
    }),
  ]
}

/** What init.sh reads: a step a line. */
function orderText(steps: readonly LoadStep[]): string {
  return steps.map(({ kind, names }) => `${kind} ${names.join(' ')}\n`).join('')
}

function file(name: string, content: Uint8Array, mode: number): CpioEntry {
  return { kind: 'file', name, mode, content }
}

const ALWAYS = ['dev', 'proc', 'run', 'sys']

/** The folders above these files, and those where file systems will be mounted, each before what is in it. */
function foldersOf(names: Iterable<string>): CpioEntry[] {
  const folders = new Set<string>(ALWAYS)
  for (const name of names) {
    const parts = name.split('/').slice(0, -1)
    for (const [i] of parts.entries()) folders.add(parts.slice(0, i + 1).join('/'))
  }
  return sorted([...folders].map((name): CpioEntry => ({ kind: 'directory', name, mode: 0o755 })))
}

function sorted(entries: Iterable<CpioEntry>): CpioEntry[] {
  return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw diskError(path, error)
  }
}
