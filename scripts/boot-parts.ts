import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Real boot software that tests look at: files out of Debian packages, fetched by apt-get (which checks Debian's
 * signatures) and unpacked into a cache of the user. Nothing is installed and nothing is ever committed.
 * `./firn node scripts/boot-parts.ts` fetches what is missing.
 */
export const PARTS = {
  stub: { package: 'systemd-boot-efi', file: 'usr/lib/systemd/boot/efi/linuxx64.efi.stub' },
  bootloader: { package: 'systemd-boot-efi', file: 'usr/lib/systemd/boot/efi/systemd-bootx64.efi' },
  shim: { package: 'shim-signed', file: 'usr/lib/shim/shimx64.efi.signed' },
  kernel: { package: 'linux-image-cloud-amd64', file: 'boot/vmlinuz-*-cloud-amd64' },
  'stub-aarch64': { package: 'systemd-boot-efi:arm64', file: 'usr/lib/systemd/boot/efi/linuxaa64.efi.stub' },
  busybox: { package: 'busybox-static', file: 'bin/busybox' },
  modules: { package: 'linux-image-cloud-amd64', file: 'lib/modules/*/kernel' },
  'kernel-generic': { package: 'linux-image-amd64', file: 'boot/vmlinuz-*-amd64' },
  'modules-generic': { package: 'linux-image-amd64', file: 'lib/modules/*' },
  // Newer than Debian 12's own: with erofs from files, and overlays that ask for fs-verity (Linux 6.6).
  'kernel-verity': { package: 'linux-image-6.12-cloud-amd64', file: 'boot/vmlinuz-*-cloud-amd64' },
  'modules-verity': { package: 'linux-image-6.12-cloud-amd64', file: 'lib/modules/*/kernel' },
  'gnu-efi': { package: 'gnu-efi', file: 'usr/lib/crt0-efi-x86_64.o' },
  firmware: { package: 'ovmf', file: 'usr/share/OVMF/OVMF_CODE_4M.secboot.fd' },
  vars: { package: 'ovmf', file: 'usr/share/OVMF/OVMF_VARS_4M.fd' },
  'vars-ms': { package: 'ovmf', file: 'usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
  'vars-2m-ms': { package: 'ovmf', file: 'usr/share/OVMF/OVMF_VARS.ms.fd' },
  'bootloader-aarch64': { package: 'systemd-boot-efi:arm64', file: 'usr/lib/systemd/boot/efi/systemd-bootaa64.efi' },
} as const satisfies Record<string, { readonly package: string; readonly file: string }>

export type PartName = keyof typeof PARTS

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firn-tests', 'boot')

/** Where the part lies, or undefined when it was not fetched. */
export function findPart(name: PartName): string | undefined {
  return globSync(PARTS[name].file, { cwd: folderOf(PARTS[name].package) })
    .map((file) => join(folderOf(PARTS[name].package), file))
    .at(0)
}

/** The part's path; for tests that `needsParts` guards. */
export function part(name: PartName): string {
  const found = findPart(name)
  if (found === undefined) throw new Error(`${name} is missing; run: ./firn node scripts/boot-parts.ts`)
  return found
}

/** Options for node:test, as `needs` in needs.ts. */
export function needsParts(...names: readonly PartName[]): { skip?: string } {
  const missing = names.filter((name) => findPart(name) === undefined)
  if (missing.length === 0 || process.env.CI === 'true') return {}
  return { skip: `needs ${missing.join(', ')} from Debian packages; run: ./firn node scripts/boot-parts.ts` }
}

/** Fetch all that is missing; the answer names what could not be had. */
export function fetchParts(): string[] {
  const packages = new Set(
    Object.values(PARTS)
      .map((entry) => entry.package)
      .filter((name) => !existsSync(folderOf(name))),
  )
  return [...packages].filter((name) => {
    try {
      fetchPackage(name)
      return false
    } catch (error) {
      console.error(`${name}: ${(error as Error).message.split('\n')[0]}`)
      return true
    }
  })
}

function folderOf(name: string): string {
  return join(cache, name.replace(':', '_'))
}

function fetchPackage(name: string): void {
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'fetch-'))
  try {
    const options = name.endsWith(':arm64') ? foreignLists(join(work, 'apt')) : []
    execFileSync('apt-get', [...options, '-qq', 'download', concrete(name, options)], { cwd: work, stdio: 'ignore' })
    const [deb] = globSync('*.deb', { cwd: work })
    execFileSync('dpkg-deb', ['-x', join(work, deb!), join(work, 'root')])
    renameSync(join(work, 'root'), folderOf(name))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** A meta package stands for the first package it depends on. */
function concrete(name: string, options: readonly string[]): string {
  if (!name.startsWith('linux-image-')) return name
  const told = execFileSync('apt-cache', [...options, 'depends', name], { encoding: 'utf8' })
  return /Depends: (linux-image-\S+)/.exec(told)?.[1] ?? name
}

/** Package lists of the other architecture in a folder of their own: the system's lists stay as they are. */
function foreignLists(folder: string): string[] {
  for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true })
  const options = [
    `Dir::State::Lists=${folder}/lists`,
    `Dir::Cache=${folder}/cache`,
    'APT::Architecture=arm64',
    'APT::Architectures=arm64',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option])
  execFileSync('apt-get', [...options, '-qq', 'update'], { stdio: 'ignore' })
  return options
}

if (import.meta.main) {
  const failed = fetchParts()
  if (failed.length > 0) {
    console.error(`not fetched: ${failed.join(', ')} (this needs apt-get on Debian and the network)`)
    process.exitCode = 1
  }
}
