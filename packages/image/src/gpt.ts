import { crc32 } from 'node:zlib'
import { ByteReader, type ByteSource, type Guid, readGuid, UserError } from '@firn/core'

/** A partition of a GUID partition table (UEFI 2.10, section 5.3). Bytes, counted from the start of the disk. */
export interface GptPartition {
  /** From 1 on, as in `HD(1,…)` and /dev/sda1. */
  readonly number: number
  readonly type: Guid
  readonly id: Guid
  readonly name: string
  readonly attributes: bigint
  readonly offset: number
  readonly size: number
}

export interface Gpt {
  readonly sectorSize: 512 | 4096
  /** Bytes up to the end of the copy at the end: of an image on a larger disk, those of the image. */
  readonly size: number
  readonly diskId: Guid
  readonly partitions: readonly GptPartition[]
  /** The first copy is damaged, and the one at the end of the disk was read. */
  readonly fromBackup: boolean
}

export const PARTITION_TYPE = {
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  /** The extended boot loader partition of systemd's boot loader specification. */
  xbootldr: 'bc13c2ff-59e6-4262-a352-b275fd6f7172',
  /** A system image and its dm-verity hashes, by architecture (UAPI.2, Discoverable Partitions Specification). */
  usrX64: '8484680c-9521-48c6-9c11-b0720656f69e',
  usrVerityX64: '77ff5f63-e7b6-4633-acf4-1565b864c0e6',
  usrArm64: 'b0e01050-ee5f-4390-949a-9101b17104e9',
  usrVerityArm64: '6e11a4e7-fbca-4ded-b9e9-e1a512bb664e',
  /** Data of Linux, of no particular use. */
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
} as const

const UNUSED = '00000000-0000-0000-0000-000000000000'
const MOST_ENTRIES = 1024
const HINT = 'the disk has no GUID partition table, or it is damaged: sgdisk --verify tells more'

/**
 * Read the partition table. As firmware does, the copy at the start of the disk is taken when its checksums hold, else the
 * one at the end. Undefined when there is no table at all; an error when there is one and neither copy is whole.
 */
export function readGpt(disk: ByteSource): Gpt | undefined {
  const problems: unknown[] = []
  for (const sectorSize of [512, 4096] as const) {
    const last = Math.floor(disk.size / sectorSize) - 1
    for (const lba of [1, last]) {
      if (lba < 1 || !hasSignature(disk, lba * sectorSize)) continue
      try {
        return { ...readCopy(disk, sectorSize, lba), fromBackup: lba !== 1 }
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        problems.push(error)
      }
    }
  }
  if (problems.length > 0) throw problems[0]
  return undefined
}

function hasSignature(disk: ByteSource, offset: number): boolean {
  return offset + 92 <= disk.size && Buffer.from(disk.read(offset, 8)).toString('latin1') === 'EFI PART'
}

function readCopy(disk: ByteSource, sectorSize: 512 | 4096, lba: number): Omit<Gpt, 'fromBackup'> {
  const sector = disk.read(lba * sectorSize, Math.min(sectorSize, disk.size - lba * sectorSize))
  const header = new ByteReader(sector, 'GPT', 12)
  const headerSize = header.u32('size of the header')
  if (headerSize < 92 || headerSize > sector.length) header.fail(`a header of ${headerSize} bytes`, 12)
  const checksum = header.u32('checksum')
  const zeroed = Buffer.from(sector.subarray(0, headerSize)).fill(0, 16, 20)
  if (crc32(zeroed) !== checksum) throw new UserError('GPT: the checksum of the header is wrong', HINT)
  header.skip(4, 'reserved')
  if (header.u64('own place') !== lba) throw new UserError('GPT: the header belongs to another place', HINT)
  const size = (Math.max(lba, header.u64('place of the other copy')) + 1) * sectorSize
  header.skip(16, 'usable range')
  const diskId = readGuid(header.take(16, 'disk'))
  const entriesLba = header.u64('place of the entries')
  const count = header.u32('number of entries')
  const entrySize = header.u32('size of an entry')
  const entriesChecksum = header.u32('checksum of the entries')
  if (count > MOST_ENTRIES || entrySize < 128 || entrySize > 4096) {
    throw new UserError(`GPT: ${count} entries of ${entrySize} bytes`, HINT)
  }
  const at = entriesLba * sectorSize
  if (at + count * entrySize > disk.size) throw new UserError('GPT: the entries are cut off', HINT)
  const entries = disk.read(at, count * entrySize)
  if (crc32(entries) !== entriesChecksum) throw new UserError('GPT: the checksum of the entries is wrong', HINT)
  const partitions = Array.from({ length: count }, (_, i) => {
    return readEntry(entries.subarray(i * entrySize, (i + 1) * entrySize), i + 1, disk, sectorSize)
  })
  return { sectorSize, size, diskId, partitions: partitions.filter((partition) => partition !== undefined) }
}

function readEntry(bytes: Uint8Array, number: number, disk: ByteSource, sectorSize: number): GptPartition | undefined {
  const reader = new ByteReader(bytes, `GPT: partition ${number}`)
  const type = readGuid(reader.take(16, 'type'))
  if (type === UNUSED) return undefined
  const id = readGuid(reader.take(16, 'id'))
  const first = reader.u64('first sector')
  const last = reader.u64('last sector')
  const attributes = reader.take(8, 'attributes')
  const name = Buffer.from(reader.take(72, 'name')).toString('utf16le').replace(/\0.*$/s, '')
  if (last < first || (last + 1) * sectorSize > disk.size) reader.fail('it reaches behind the end of the disk', 32)
  return {
    number,
    type,
    id,
    name,
    attributes: new DataView(attributes.buffer, attributes.byteOffset).getBigUint64(0, true),
    offset: first * sectorSize,
    size: (last - first + 1) * sectorSize,
  }
}
