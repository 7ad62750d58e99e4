import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A system program that some tests run, the Debian package that brings it, and what it is for. */
export interface Program {
  readonly package: string
  readonly why: string
  /** Paths to look at beside the PATH. */
  readonly paths?: readonly string[]
}

export const PROGRAMS = {
  nix: { package: 'nix-bin', why: 'real stores, derivations and signatures to compare with' },
  sqlite3: { package: 'sqlite3', why: 'a second writer on the store database' },
  chromium: { package: 'chromium', why: 'the pages in a real browser' },
  postgres: {
    package: 'postgresql-15',
    why: 'the tracker on a PostgreSQL server',
    paths: [
      '/usr/lib/postgresql/15/bin/postgres',
      '/usr/lib/postgresql/16/bin/postgres',
      '/usr/lib/postgresql/17/bin/postgres',
    ],
  },
  openssl: { package: 'openssl', why: 'certificates for a server that tests start' },
  sbsign: { package: 'sbsigntool', why: 'a second opinion on Secure Boot signatures' },
  sbverify: { package: 'sbsigntool', why: 'a second opinion on Secure Boot signatures' },
  osslsigncode: { package: 'osslsigncode', why: 'a third opinion on Secure Boot signatures' },
  pesign: { package: 'pesign', why: 'the hash of an EFI program, as somebody else computes it' },
  objcopy: { package: 'binutils', why: 'sections of an EFI program, as somebody else reads them' },
  readelf: { package: 'binutils', why: 'the headers of an ELF file, as somebody else reads them' },
  sbattach: { package: 'sbsigntool', why: 'signatures taken out of programs, and put back' },
  sbvarsign: { package: 'sbsigntool', why: 'a second opinion on signed EFI variables' },
  'sign-efi-sig-list': { package: 'efitools', why: 'a third opinion on signed EFI variables and signature lists' },
  'cert-to-efi-sig-list': { package: 'efitools', why: 'EFI signature lists, as somebody else writes them' },
  'hash-to-efi-sig-list': { package: 'efitools', why: 'hashes in EFI signature lists, as somebody else writes them' },
  'mkfs.fat': {
    package: 'dosfstools',
    why: 'FAT file systems to read',
    paths: ['/sbin/mkfs.fat', '/usr/sbin/mkfs.fat'],
  },
  mcopy: { package: 'mtools', why: 'to put files into FAT file systems' },
  sgdisk: { package: 'gdisk', why: 'GUID partition tables to read', paths: ['/sbin/sgdisk', '/usr/sbin/sgdisk'] },
  'systemd-analyze': { package: 'systemd', why: 'the order of versions, as systemd-boot sorts' },
  tpm2_eventlog: { package: 'tpm2-tools', why: 'a second opinion on TPM event logs' },
  tpm2_pcrextend: { package: 'tpm2-tools', why: 'to measure into a TPM' },
  swtpm: { package: 'swtpm', why: 'a TPM in software' },
  'systemd-measure': {
    package: 'systemd',
    why: 'PCR 11, as systemd predicts it',
    paths: ['/usr/lib/systemd/systemd-measure'],
  },
  'qemu-system-x86_64': { package: 'qemu-system-x86', why: 'machines that boot what was signed' },
  'fsck.fat': {
    package: 'dosfstools',
    why: 'FAT file systems, as somebody else judges them',
    paths: ['/sbin/fsck.fat', '/usr/sbin/fsck.fat'],
  },
  chattr: { package: 'e2fsprogs', why: 'to change variables that Linux protects, inside of such a machine' },
  gcc: { package: 'gcc', why: 'small EFI programs that such a machine runs' },
  'softhsm2-util': { package: 'softhsm2', why: 'a PKCS#11 token' },
  'pkcs11-tool': { package: 'opensc', why: 'to sign with a PKCS#11 token' },
  'mkfs.btrfs': { package: 'btrfs-progs', why: 'a disk that knows which of its blocks are damaged' },
  mksquashfs: { package: 'squashfs-tools', why: 'a disk that cannot give what it holds' },
  setcap: { package: 'libcap2-bin', why: 'file capabilities in a store, which must be found' },
  setfattr: { package: 'attr', why: 'attributes in a store, which must be found, and getfattr to find them' },
  veritysetup: {
    package: 'cryptsetup-bin',
    why: 'hash trees of dm-verity, as somebody else makes and checks them',
    paths: ['/sbin/veritysetup', '/usr/sbin/veritysetup'],
  },
  cryptsetup: {
    package: 'cryptsetup-bin',
    why: 'the data of machines that tests start',
    paths: ['/sbin/cryptsetup', '/usr/sbin/cryptsetup'],
  },
  'systemd-cryptenroll': { package: 'systemd', why: 'to bind that data to a TPM' },
  'libtss2-tcti-device.so.0': {
    package: 'libtss2-tcti-device0',
    why: 'how such a machine talks to its TPM',
    paths: ['/usr/lib/x86_64-linux-gnu/libtss2-tcti-device.so.0'],
  },
  fsverity: { package: 'fsverity', why: 'fs-verity digests, as somebody else computes them' },
  'fsck.erofs': { package: 'erofs-utils', why: 'erofs images, as somebody else judges them' },
  'mkfs.erofs': { package: 'erofs-utils', why: 'erofs images to read' },
  xorriso: { package: 'xorriso', why: 'ISO 9660 images, as somebody else reads them' },
  cpio: { package: 'cpio', why: 'to unpack initial RAM disks' },
  xz: { package: 'xz-utils', why: 'kernel modules, caches and feeds that are packed with it' },
  bzip2: { package: 'bzip2', why: 'caches and feeds that are packed with it' },
  unshare: { package: 'util-linux', why: 'to start a program where nothing else is' },
  fincore: { package: 'util-linux', why: 'which files are in memory already' },
  findfs: {
    package: 'util-linux',
    why: 'to find partitions inside of a machine',
    paths: ['/sbin/findfs', '/usr/sbin/findfs'],
  },
  depmod: { package: 'kmod', why: 'lists of kernel modules', paths: ['/sbin/depmod', '/usr/sbin/depmod'] },
  'mkfs.ext4': {
    package: 'e2fsprogs',
    why: 'a small disk that fills',
    paths: ['/sbin/mkfs.ext4', '/usr/sbin/mkfs.ext4'],
  },
} as const satisfies Record<string, Program>

export type ProgramName = keyof typeof PROGRAMS

/** Where the program is, or undefined. */
export function findProgram(name: ProgramName): string | undefined {
  const program: Program = PROGRAMS[name]
  for (const folder of (process.env.PATH ?? '').split(':')) {
    if (folder !== '' && existsSync(`${folder}/${name}`)) return `${folder}/${name}`
  }
  return program.paths?.find((path) => existsSync(path))
}

/**
 * Options for node:test: `test('…', needs('nix'), …)`. Without the program the test is skipped with the reason; in CI
 * it is not skipped, so that it fails.
 */
export function needs(...names: readonly ProgramName[]): { skip?: string } {
  const missing = names.filter((name) => findProgram(name) === undefined)
  if (missing.length === 0 || process.env.CI === 'true') return {}
  const packages = missing.map((name) => PROGRAMS[name].package).join(', ')
  return { skip: `needs ${missing.join(', ')} (Debian: ${packages}); run: npm run setup:tests` }
}

/** As `needs`, for tests that must be root (a loop-mounted disk). */
export function needsRoot(...names: readonly ProgramName[]): { skip?: string } {
  if (process.getuid?.() !== 0) return { skip: 'needs root' }
  if (!canMountLoop()) return { skip: 'needs loop devices' }
  return needs(...names)
}

function canMountLoop(): boolean {
  try {
    execFileSync('losetup', ['-f'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
