import { statSync } from 'node:fs'
import { fileSource } from '@firn/binary/source'
import type { EfiVariable } from '@firn/boot/efivars'
import {
  type Architecture,
  architectureOf,
  diskVolumes,
  folderVolume,
  type Machine,
  type Volume,
} from '@firn/boot/explain'
import { naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { readVariables } from './vars-files.ts'

/** The options that say which machine is meant: its disk, its variables. */
export const MACHINE_OPTIONS = {
  vars: { type: 'string' },
  xbootldr: { type: 'string' },
  arch: { type: 'string' },
} as const

export const MACHINE_HELP = `  IMAGE          a disk image (GPT or MBR), or an image of an EFI system partition
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

/** Do something with a machine; its disk is open so long. What is said of the disk is told with its name. */
export function withMachine<T>(subject: string, words: Words, act: (machine: Machine) => T): T {
  const variables: readonly EfiVariable[] = words.vars === undefined ? [] : readVariables(words.vars)
  const architecture = parseArchitecture(words.arch)
  const { volumes, close } = openVolumes(subject, words.xbootldr)
  try {
    return naming(subject, () => act({ variables, volumes, architecture: architecture ?? architectureOf(volumes) }))
  } finally {
    close()
  }
}

function openVolumes(subject: string, xbootldr: string | undefined): { volumes: readonly Volume[]; close: () => void } {
  if (isFolder(subject)) {
    const more = xbootldr === undefined ? [] : [folderVolume(xbootldr, 'xbootldr')]
    return { volumes: [folderVolume(subject), ...more], close: () => {} }
  }
  const disk = fileSource(subject)
  try {
    return { volumes: naming(subject, () => diskVolumes(disk)), close: () => disk.close() }
  } catch (error) {
    disk.close()
    throw error
  }
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
