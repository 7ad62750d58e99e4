import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileSource } from '@firn/binary/source'
import { type ByteSource, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { openFat, PARTITION_TYPE, readGpt, readMbr, stretches } from '@firn/image'

/** A file system that firmware reads: an EFI system partition, or the extended boot loader partition. */
export interface Volume {
  readonly role: 'esp' | 'xbootldr'
  /** Which partition it is, where that is known. */
  readonly partition?: { readonly number: number; readonly id?: string }
  /** The names in a folder, or undefined when there is no such folder. Paths are as in UEFI: `\EFI\BOOT`, no case. */
  list(path: string): readonly string[] | undefined
  /** A file to read, or undefined. Who opens it closes it. */
  open(path: string): ByteSource | undefined
}

/** The volumes of a disk image: by its GUID partition table, by its master boot record, or the image is one itself. */
export function diskVolumes(disk: ByteSource): Volume[] {
  const gpt = readGpt(disk)
  if (gpt !== undefined) {
    return gpt.partitions.flatMap((partition) => {
      const { type, number, id } = partition
      const role = type === PARTITION_TYPE.esp ? 'esp' : type === PARTITION_TYPE.xbootldr ? 'xbootldr' : undefined
      return role === undefined ? [] : [fatVolume(stretches(disk, [partition]), role, { number, id })]
    })
  }
  const esps = readMbr(disk).filter(({ type }) => type === 0xef)
  if (esps.length > 0) {
    return esps.map((partition) => fatVolume(stretches(disk, [partition]), 'esp', { number: partition.number }))
  }
  return [fatVolume(disk, 'esp')]
}

export function fatVolume(source: ByteSource, role: Volume['role'], partition?: Volume['partition']): Volume {
  const fat = openFat(source)
  return {
    role,
    ...(partition !== undefined && { partition }),
    list: (path) => fat.list(path)?.map(({ name }) => name),
    open: (path) => {
      const entry = fat.find(path)
      return entry === undefined || entry.isDirectory ? undefined : fat.open(entry)
    },
  }
}

/** A folder as a volume: a mounted ESP, or a tree that becomes one. Links are not followed: FAT has none. */
export function folderVolume(root: string, role: Volume['role'] = 'esp'): Volume {
  const resolve = (path: string): string | undefined => {
    let at = root
    for (const part of path.split(/[/\\]+/)) {
      if (part === '' || part === '.') continue
      const name = namesIn(at)?.find((candidate) => candidate.toUpperCase() === part.toUpperCase())
      if (name === undefined) return undefined
      at = join(at, name)
    }
    return at
  }
  return {
    role,
    list: (path) => {
      const found = resolve(path)
      return found === undefined ? undefined : namesIn(found)
    },
    open: (path) => {
      const found = resolve(path)
      return found !== undefined && lstatSync(found).isFile() ? fileSource(found) : undefined
    },
  }
}

function namesIn(folder: string): readonly string[] | undefined {
  try {
    if (!lstatSync(folder).isDirectory()) return undefined
    return readdirSync(folder).sort()
  } catch (error) {
    throw diskError(folder, error)
  }
}

/** What a volume's file says, up to `most` bytes of it; undefined when it is not there. */
export function readText(volume: Volume, path: string, most = 64 * 1024): string | undefined {
  const source = volume.open(path)
  if (source === undefined) return undefined
  try {
    if (source.size > most) throw new UserError(`${path}: ${source.size} bytes are too many for a text`, 'look at it')
    return Buffer.from(source.read(0, source.size)).toString('utf8')
  } finally {
    source.close()
  }
}
