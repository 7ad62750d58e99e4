import { UserError } from '@firn/core'

/** Where things lie on an EFI system partition, as lanzaboote has it: each can take over what the other left. */
export const FOLDER = {
  entries: 'EFI/Linux',
  contents: 'EFI/nixos',
  loader: 'EFI/systemd',
  fallback: 'EFI/BOOT',
  settings: 'loader',
} as const

export const SETTINGS = 'loader/loader.conf'

/** Behind the name of a file that is being written. Firmware and systemd-boot pass over it. */
export const TEMPORARY = '.firn-tmp'

/** A boot entry's name: `nixos-generation-7[-specialisation-X]-HASH[+TRIES[-FAILED]].efi`. */
export interface EntryName {
  readonly generation: number
  readonly specialisation?: string
  /** Of what it holds and who signed it; entries of other tools may have none. */
  readonly hash?: string
  readonly counter?: BootCounter
}

/** Boot counting (systemd-boot): how often it may still be tried, how often that failed. */
export interface BootCounter {
  readonly left: number
  readonly failed: number
}

const ENTRY =
  /^nixos-generation-(\d{1,9})(?:-specialisation-([\w.-]+?))?(?:-([a-z2-7]{52}))?(?:\+(\d{1,4})(?:-(\d{1,4}))?)?\.efi$/i
const CONTENT = /^(?:kernel|initrd)-.{0,150}-([a-z2-7]{52})\.efi$/i

export function entryFile({ generation, specialisation, hash, counter }: EntryName): string {
  const variant = specialisation === undefined ? '' : `-specialisation-${plainName(specialisation)}`
  const tries = counter === undefined ? '' : `+${counter.left}${counter.failed === 0 ? '' : `-${counter.failed}`}`
  return `nixos-generation-${generation}${variant}${hash === undefined ? '' : `-${hash}`}${tries}.efi`
}

/** What an entry's name says; undefined for names that are not of a NixOS generation. */
export function parseEntryFile(file: string): EntryName | undefined {
  const [match, generation, specialisation, hash, left, failed] = ENTRY.exec(file) ?? []
  if (match === undefined) return undefined
  return {
    generation: Number(generation),
    ...(specialisation !== undefined && { specialisation }),
    ...(hash !== undefined && { hash: hash.toLowerCase() }),
    ...(left !== undefined && { counter: { left: Number(left), failed: Number(failed ?? 0) } }),
  }
}

/** What a new entry begins with; without tries nothing is counted. */
export function startCounter(tries: number | undefined): BootCounter | undefined {
  return tries === undefined || tries === 0 ? undefined : { left: tries, failed: 0 }
}

/** The same entry, whatever its counter says. */
export function entryStem(path: string): string {
  return path.toLowerCase().replace(/(\+\d{1,4}(-\d{1,4})?)?\.efi$/, '')
}

/** Which line of the menu an entry's file is, whatever it holds; the path itself for other files. */
export function menuLine(path: string): string {
  const { generation, specialisation } = parseEntryFile(fileOf(path)) ?? {}
  if (generation === undefined) return path
  return entryFile({ generation, ...(specialisation !== undefined && { specialisation }) }).toLowerCase()
}

/** The file of a kernel or initrd, named by what it holds: several generations share it. */
export function contentFile(kind: 'kernel' | 'initrd', version: string, sha256: Uint8Array): string {
  return `${kind}-${plainName(version)}-${base32(sha256)}.efi`
}

/** The hash in the name of a file that `contentFile` (or lanzaboote) named. */
export function contentHash(file: string): string | undefined {
  return CONTENT.exec(file)?.[1]?.toLowerCase()
}

/** What firmware calls the architecture in file names, by the machine field of a PE header. */
function architectureOf(machine: number): string {
  const name = { 332: 'ia32', 34404: 'x64', 43620: 'aa64', 20580: 'riscv64' }[machine]
  if (name === undefined) {
    throw new UserError(`a boot loader for machine 0x${machine.toString(16)}`, 'give one for x86, aarch64 or riscv64')
  }
  return name
}

/** Where the boot loader lies: its own place, which firmware's entry names, and the one tried when there is no entry. */
export function loaderPaths(machine: number): readonly [own: string, fallback: string] {
  const name = architectureOf(machine)
  return [`${FOLDER.loader}/systemd-boot${name}.efi`, `${FOLDER.fallback}/BOOT${name.toUpperCase()}.EFI`]
}

/** The path as EFI programs write it: `\EFI\nixos\kernel.efi`. */
export function efiPath(path: string): string {
  return `\\${path.replaceAll('/', '\\')}`
}

/** `EFI/nixos/kernel.efi`; undefined for what leads elsewhere. */
export function pathOfEfi(text: string): string | undefined {
  const parts = text.split(/[\\/]/).filter((part) => part !== '')
  return parts.length === 0 || parts.some((part) => part === '.' || part === '..' || part.includes('\0'))
    ? undefined
    : parts.join('/')
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

export function fileOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 base32, small letters, no padding: FAT does not tell capitals from small ones. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31]
}

/** FAT forbids some characters, and systemd-boot reads `+`; the hash behind keeps names apart. */
function plainName(text: string): string {
  return text.replace(/[^\w.-]/g, '_').slice(0, 100)
}
