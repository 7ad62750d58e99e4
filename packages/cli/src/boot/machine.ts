import { existsSync, statSync } from 'node:fs'
import { EFIVARFS, type EfiVariable } from '@firn/boot/efivars'
import {
  type Architecture,
  architectureOf,
  diskVolumes,
  folderVolume,
  type Machine,
  type Volume,
} from '@firn/boot/explain'
import { EXIT, naming, UserError } from '@firn/core'
import { diskError, diskSource } from '@firn/core/fs'
import { mountedPartition } from './own-partition.ts'
import { readVariables } from './vars-files.ts'

/** The options that say which machine is meant: its disk, its variables. */
export const MACHINE_OPTIONS = {
  vars: { type: 'string' },
  xbootldr: { type: 'string' },
  arch: { type: 'string' },
} as const

export const MACHINE_HELP = `  (nothing)      this machine: its ESP below /efi, /boot/efi or /boot, and its variables
  IMAGE          a disk or an image of one (GPT or MBR), or an EFI system partition or an image of one
  ESP            the folder that it is mounted on
  --xbootldr D   the folder of the extended boot loader partition, beside an ESP folder
  --vars F       the firmware's variables: an OVMF variable file, or a folder that vars backup wrote; without it, a
                 firmware that has none (setup mode)
  --arch A       x64, aa64, ia32, riscv64, loongarch64, arm (default: what the fallback path is for)`

const ARCHITECTURES: readonly Architecture[] = ['x64', 'ia32', 'aa64', 'arm', 'riscv64', 'loongarch64']

interface Words {
  readonly vars?: string | undefined
  readonly xbootldr?: string | undefined
  readonly arch?: string | undefined
}

/** The one image or folder that was named, or this machine's ESP. */
export function subjectOf(command: string, positionals: readonly string[]): string | undefined {
  if (positionals.length <= 1) return positionals[0]
  throw new UserError(`${command} takes one image or folder`, `${command} disk.img --vars OVMF_VARS.fd`)
}

/** Do something with a machine; its disk is open so long. What is said of the disk is told with its name. */
export function withMachine<T>(named: string | undefined, words: Words, act: (machine: Machine) => T): T {
  const subject = named ?? ownEsp()
  const from = words.vars ?? (named === undefined ? EFIVARFS : undefined)
  const variables: readonly EfiVariable[] = from === undefined ? [] : readVariables(from)
  const architecture = parseArchitecture(words.arch)
  const { volumes, close } = openVolumes(
    subject,
    words.xbootldr ?? (named === undefined ? ownXbootldr(subject) : undefined),
  )
  try {
    return naming(subject, () => act({ variables, volumes, architecture: architecture ?? architectureOf(volumes) }))
  } finally {
    close()
  }
}

/** Where systemd and distributions mount the ESP (UAPI.1, mount points), the first that holds one. */
function ownEsp(): string {
  const found = ['/efi', '/boot/efi', '/boot'].find((folder) => existsSync(`${folder}/EFI`))
  if (found !== undefined) return found
  throw new UserError('no EFI system partition is mounted', 'mount it at /boot or /efi, or name its folder', EXIT.store)
}

/** With the ESP elsewhere, /boot is the extended boot loader partition when it looks like one. */
function ownXbootldr(esp: string): string | undefined {
  const isOne = esp !== '/boot' && ['/boot/loader/entries', '/boot/EFI/Linux'].some((folder) => existsSync(folder))
  return isOne ? '/boot' : undefined
}

function openVolumes(subject: string, xbootldr: string | undefined): { volumes: readonly Volume[]; close: () => void } {
  if (isFolder(subject)) {
    const more = xbootldr === undefined ? [] : [mounted(xbootldr, 'xbootldr')]
    return { volumes: [mounted(subject, 'esp'), ...more], close: () => {} }
  }
  const disk = diskSource(subject)
  try {
    return { volumes: naming(subject, () => diskVolumes(disk)), close: () => disk.close() }
  } catch (error) {
    disk.close()
    throw error
  }
}

function mounted(folder: string, role: Volume['role']): Volume {
  const partition = mountedPartition(folder)
  return { ...folderVolume(folder, role), ...(partition !== undefined && { partition }) }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw diskError(path, error)
  }
}

function parseArchitecture(word: string | undefined): Architecture | undefined {
  const found = ARCHITECTURES.find((known) => known === word)
  if (word !== undefined && found === undefined) {
    throw new UserError(`--arch ${word}: not known`, `choose one of ${ARCHITECTURES.join(', ')}`)
  }
  return found
}
