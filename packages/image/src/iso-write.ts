import { type Guid, UserError } from '@firn/core'
import type { GptPartition } from './gpt.ts'
import { buildGpt, type PartitionWords } from './gpt-write.ts'
import { type Extent, type Layout, layoutOf } from './layout.ts'

export interface IsoWords {
  /** Up to 32 of A-Z, 0-9 and _. */
  readonly volumeId: string
  /** The time of the volume and of its files; kept in UTC. */
  readonly time: Date
  readonly diskId: Guid
  /** What the image holds when it is a disk. */
  readonly partitions: readonly PartitionWords[]
  /** The number, from 1 on, of the EFI system partition: firmware starts from it when the image is a CD, too. */
  readonly efi: number
  /** What the image shows when it is mounted as a CD: small texts, and partitions as files. */
  readonly files: readonly IsoFile[]
}

export interface IsoFile {
  /** `README.TXT`: A-Z, 0-9 and _, one dot, at most 30 characters. */
  readonly name: string
  readonly content: Uint8Array | { readonly partition: number }
}

export const ISO_SECTOR = 2048
/** The first 16 sectors are left to the machine: the partition table is there. */
export const FIRST_DESCRIPTOR = 16
/** Partitions begin here at the earliest; before them is what a CD needs. */
const FIRST_PARTITION = 1 << 20
/** The largest piece of a file that a directory entry can name, in whole sectors. */
const MOST_EXTENT = 0xffff_f800

/**
 * One image that is a CD and a disk: ISO 9660 (ECMA-119, level 3), El Torito for UEFI (UEFI 2.10, section 13.3.2.1) and a
 * GUID partition table, all over the same EFI system partition. Errors: names that do not fit, and those of the table.
 */
export function buildIso(words: IsoWords): { readonly layout: Layout; readonly partitions: readonly GptPartition[] } {
  const { volumeId, files, efi } = words
  if (!/^[A-Z0-9_]{1,32}$/.test(volumeId)) {
    throw new UserError(`ISO 9660: the volume id "${volumeId}"`, 'up to 32 of A-Z, 0-9 and _')
  }
  const [first, ...others] = words.partitions
  if (first === undefined || words.partitions[efi - 1] === undefined) {
    throw new UserError(`ISO 9660: there is no partition ${efi} to start from`, 'give an EFI system partition')
  }
  const gpt = buildGpt({ diskId: words.diskId, partitions: [{ offset: FIRST_PARTITION, ...first }, ...others] })
  if (gpt.partitions.some(({ offset }) => offset % ISO_SECTOR !== 0)) {
    throw new UserError('ISO 9660: a partition does not begin at a sector of a CD', `align them to ${ISO_SECTOR} bytes`)
  }
  const sorted = files.toSorted((a, b) => (sortKey(a.name) < sortKey(b.name) ? -1 : 1))
  checkFiles(sorted, gpt.partitions.length)
  const area = placeDescriptors(sorted, gpt.partitions)
  const root = rootDirectory(area, sorted, words.time)
  const system = gpt.partitions[efi - 1]!
  const extents: Extent[] = [
    sector(
      FIRST_DESCRIPTOR,
      primaryDescriptor(words, gpt.layout.size, area, root.length),
      'ISO 9660: primary volume descriptor',
    ),
    sector(FIRST_DESCRIPTOR + 1, bootRecord(area.catalog), 'El Torito: boot record'),
    sector(FIRST_DESCRIPTOR + 2, Buffer.from('\xffCD001\x01', 'latin1'), 'ISO 9660: end of the descriptors'),
    sector(area.catalog, bootCatalog(system), 'El Torito: boot catalogue'),
    sector(area.pathTable, pathTable(area.root, 'little'), 'ISO 9660: path table'),
    sector(area.pathTable + 1, pathTable(area.root, 'big'), 'ISO 9660: path table, other byte order'),
    sector(area.root, root, 'ISO 9660: root directory'),
    ...sorted.flatMap(({ name, content }, i) => {
      return content instanceof Uint8Array ? [sector(area.files[i]!.sector, content, `ISO 9660: ${name}`)] : []
    }),
  ]
  return { layout: layoutOf(gpt.layout.size, [...gpt.layout.extents, ...extents]), partitions: gpt.partitions }
}

function checkFiles(files: readonly IsoFile[], partitions: number): void {
  for (const [i, { name, content }] of files.entries()) {
    if (!/^[A-Z0-9_]+\.[A-Z0-9_]*$/.test(name) || name.length > 30) {
      throw new UserError(`ISO 9660: "${name}" is no name of a file`, 'A-Z, 0-9 and _, one dot, at most 30 characters')
    }
    if (files[i - 1]?.name === name) throw new UserError(`ISO 9660: two files are called ${name}`, 'rename one')
    if (!(content instanceof Uint8Array) && !(content.partition >= 1 && content.partition <= partitions)) {
      throw new UserError(`ISO 9660: ${name} is partition ${content.partition}, which is not there`, 'check its number')
    }
  }
}

/** Names are sorted by base, then by extension, each as if filled with spaces (ECMA-119, 9.3). */
function sortKey(name: string): string {
  const [base = '', extension = ''] = name.split('.')
  return base.padEnd(30) + extension.padEnd(30)
}

/** In sectors. */
interface Area {
  readonly catalog: number
  readonly pathTable: number
  readonly root: number
  readonly files: readonly { readonly sector: number; readonly size: number }[]
}

function placeDescriptors(files: readonly IsoFile[], partitions: readonly GptPartition[]): Area {
  const catalog = FIRST_DESCRIPTOR + 3
  const [pathTable, root] = [catalog + 1, catalog + 3]
  const partOf = (content: IsoFile['content']) => {
    return content instanceof Uint8Array ? undefined : partitions[content.partition - 1]!
  }
  const records = files.reduce((sum, { content }) => sum + extentsOf(partOf(content)?.size ?? 0).length, 2)
  let next = root + Math.ceil((records * 68) / ISO_SECTOR)
  const placed = files.map(({ content }) => {
    const partition = partOf(content)
    if (partition !== undefined) return { sector: partition.offset / ISO_SECTOR, size: partition.size }
    const size = (content as Uint8Array).length
    const at = next
    next += Math.max(1, Math.ceil(size / ISO_SECTOR))
    return { sector: at, size }
  })
  const room = Math.min(...partitions.map(({ offset }) => offset))
  if (next * ISO_SECTOR > room) {
    throw new UserError(
      `ISO 9660: the texts take more than the ${room} bytes before the first partition`,
      'shorten them',
    )
  }
  return { catalog, pathTable, root, files: placed }
}

function primaryDescriptor({ volumeId, time }: IsoWords, size: number, area: Area, rootSize: number): Buffer {
  const bytes = Buffer.alloc(ISO_SECTOR)
  bytes.write('\x01CD001\x01', 'latin1')
  bytes.fill(' ', 8, 72).fill(' ', 190, 813)
  bytes.write(volumeId, 40, 'latin1')
  both32(bytes, 80, size / ISO_SECTOR)
  both16(bytes, 120, 1)
  both16(bytes, 124, 1)
  both16(bytes, 128, ISO_SECTOR)
  both32(bytes, 132, PATH_TABLE_SIZE)
  bytes.writeUInt32LE(area.pathTable, 140)
  bytes.writeUInt32BE(area.pathTable + 1, 148)
  bytes.set(record('\0', area.root, roundUp(rootSize), 2, time), 156)
  bytes.write('FIRN', 574, 'latin1')
  const stamp = time
    .toISOString()
    .replaceAll(/[-:TZ]/g, '')
    .replace('.', '')
    .slice(0, 16)
  for (const at of [813, 830, 864]) bytes.write(stamp, at, 'latin1')
  bytes.fill('0', 847, 863)
  bytes[881] = 1
  return bytes
}

/** It says where the catalogue is (El Torito 1.0, figure 7). */
function bootRecord(catalog: number): Buffer {
  const bytes = Buffer.alloc(ISO_SECTOR)
  bytes.write('\0CD001\x01EL TORITO SPECIFICATION', 'latin1')
  bytes.writeUInt32LE(catalog, 71)
  return bytes
}

/** One entry, for UEFI, without emulation. */
function bootCatalog({ offset, size }: GptPartition): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.set([0x01, 0xef])
  bytes.write('firn', 4, 'latin1')
  bytes.writeUInt16LE(0xaa55, 30)
  let sum = 0
  for (let at = 0; at < 32; at += 2) sum += bytes.readUInt16LE(at)
  bytes.writeUInt16LE(-sum & 0xffff, 28)
  bytes[32] = 0x88
  // Sectors of 512 bytes in 16 bits; of a larger partition 0 says: up to the end of the medium.
  bytes.writeUInt16LE(size / 512 > 0xffff ? 0 : size / 512, 38)
  bytes.writeUInt32LE(offset / ISO_SECTOR, 40)
  return bytes
}

const PATH_TABLE_SIZE = 10

/** Of one folder, the root. */
function pathTable(root: number, order: 'little' | 'big'): Buffer {
  const bytes = Buffer.alloc(PATH_TABLE_SIZE)
  bytes[0] = 1
  if (order === 'little') {
    bytes.writeUInt32LE(root, 2)
    bytes.writeUInt16LE(1, 6)
  } else {
    bytes.writeUInt32BE(root, 2)
    bytes.writeUInt16BE(1, 6)
  }
  return bytes
}

function rootDirectory(area: Area, files: readonly IsoFile[], time: Date): Buffer {
  const records: Buffer[] = []
  for (const [i, { name }] of files.entries()) {
    const { sector: at, size } = area.files[i]!
    const extents = extentsOf(size)
    for (const [n, { offset, size: length }] of extents.entries()) {
      const flags = n < extents.length - 1 ? 0x80 : 0
      records.push(record(`${name};1`, at + offset / ISO_SECTOR, length, flags, time))
    }
  }
  // A record does not cross the end of a sector (ECMA-119, 6.8.1.1).
  const sectors: Buffer[][] = [[]]
  let used = 2 * record('\0', 0, 0, 2, time).length
  for (const one of records) {
    if (used + one.length > ISO_SECTOR) {
      sectors.push([])
      used = 0
    }
    sectors.at(-1)!.push(one)
    used += one.length
  }
  const size = sectors.length * ISO_SECTOR
  sectors[0]!.unshift(record('\0', area.root, size, 2, time), record('\x01', area.root, size, 2, time))
  const filled = sectors.map((list) => Buffer.concat(list))
  return Buffer.concat(filled.map((bytes) => Buffer.concat([bytes, Buffer.alloc(ISO_SECTOR - bytes.length)])))
}

function extentsOf(size: number): { readonly offset: number; readonly size: number }[] {
  const extents = []
  for (let offset = 0; offset === 0 || offset < size; offset += MOST_EXTENT) {
    extents.push({ offset, size: Math.min(MOST_EXTENT, size - offset) })
  }
  return extents
}

function record(name: string, at: number, size: number, flags: number, time: Date): Buffer {
  const bytes = Buffer.alloc(33 + name.length + ((name.length + 1) % 2))
  bytes[0] = bytes.length
  both32(bytes, 2, at)
  both32(bytes, 10, size)
  bytes.set([time.getUTCFullYear() - 1900, time.getUTCMonth() + 1, time.getUTCDate()], 18)
  bytes.set([time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds(), 0, flags], 21)
  both16(bytes, 28, 1)
  bytes[32] = name.length
  bytes.write(name, 33, 'latin1')
  return bytes
}

/** Numbers stand there twice, little end first and big end first. */
function both32(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value, at)
  bytes.writeUInt32BE(value, at + 4)
}

function both16(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt16LE(value, at)
  bytes.writeUInt16BE(value, at + 2)
}

function sector(at: number, content: Uint8Array, what: string): Extent {
  return { offset: at * ISO_SECTOR, size: content.length, what, content }
}

function roundUp(size: number): number {
  return Math.ceil(size / ISO_SECTOR) * ISO_SECTOR
}
