import { crc32 } from 'node:zlib'
import { ByteReader, type ByteSource, type Guid, UserError, writeGuid } from '@firn/core'
import { readGpt } from './gpt.ts'

/** A partition that gets another identity; where it lies and what type it is stays. */
export interface GptChange {
  /** From 1 on, as in `GptPartition`. */
  readonly number: number
  readonly id: Guid
  /** At most 36 UTF-16 units. */
  readonly name: string
}

/** Bytes to write at an offset of the disk. */
export interface DiskWrite {
  readonly offset: number
  readonly bytes: Uint8Array
  readonly what: string
}

const HINT = 'sgdisk --verify tells more; write the image anew'

/**
 * The table with other identities in it, as two writes: the copy at the end of the disk, then the one at its start. Put
 * the first on the disk before the second: when the second is torn, firmware finds its checksum wrong, takes the copy
 * and mends the first (UEFI 2.10, 5.3.2). No writes when everything is called so already and both copies are whole.
 * Errors: no table, no such partition, a table whose copies lie elsewhere than tools put them.
 */
export function editGpt(disk: ByteSource, changes: readonly GptChange[]): readonly DiskWrite[] {
  const gpt = readGpt(disk)
  if (gpt === undefined) throw new UserError('the disk has no GUID partition table', HINT)
  const { sectorSize, fromBackup } = gpt
  const last = Math.floor(disk.size / sectorSize) - 1
  const source = readTable(disk, sectorSize, fromBackup ? last : 1)
  const entries = Buffer.from(source.entries)
  for (const change of changes) {
    if (!gpt.partitions.some(({ number }) => number === change.number)) {
      throw new UserError(`GPT: there is no partition ${change.number}`, 'this disk is laid out for something else')
    }
    rename(entries.subarray((change.number - 1) * source.entrySize, change.number * source.entrySize), change)
  }
  const sectors = Math.ceil(entries.length / sectorSize)
  const copyAt = fromBackup ? last : source.otherLba
  if (source.firstUsable < 2 + sectors || copyAt < source.lastUsable + sectors + 1 || copyAt > last) {
    throw new UserError('GPT: the table leaves no room for itself', HINT)
  }
  const padded = Buffer.concat([entries, Buffer.alloc(sectors * sectorSize - entries.length)])
  const copy = { own: copyAt, other: 1, entriesLba: copyAt - sectors }
  const main = { own: 1, other: copyAt, entriesLba: 2 }
  const writes = [
    {
      offset: copy.entriesLba * sectorSize,
      bytes: Buffer.concat([padded, header(source.header, copy, entries)]),
      what: 'partition table, copy at the end',
    },
    {
      offset: sectorSize,
      bytes: Buffer.concat([header(source.header, main, entries), padded]),
      what: 'partition table',
    },
  ]
  const isThere = writes.every(({ offset, bytes }) => Buffer.compare(disk.read(offset, bytes.length), bytes) === 0)
  return isThere ? [] : writes
}

interface Table {
  /** The sector of the header. */
  readonly header: Buffer
  readonly otherLba: number
  readonly firstUsable: number
  readonly lastUsable: number
  readonly entries: Uint8Array
  readonly entrySize: number
}

/** The raw bytes of a copy that `readGpt` found whole. */
function readTable(disk: ByteSource, sectorSize: number, lba: number): Table {
  const sector = Buffer.from(disk.read(lba * sectorSize, sectorSize))
  const reader = new ByteReader(sector, 'GPT', 32)
  const otherLba = reader.u64('other copy')
  const firstUsable = reader.u64('first usable sector')
  const lastUsable = reader.u64('last usable sector')
  reader.skip(16, 'disk')
  const at = reader.u64('place of the entries') * sectorSize
  const count = reader.u32('number of entries')
  const entrySize = reader.u32('size of an entry')
  return { header: sector, otherLba, firstUsable, lastUsable, entries: disk.read(at, count * entrySize), entrySize }
}

function rename(entry: Buffer, { id, name }: GptChange): void {
  if (name.length > 36 || name.includes('\0')) {
    throw new UserError(`GPT: "${name}" is no name for a partition`, 'up to 36 characters')
  }
  entry.set(writeGuid(id), 16)
  entry.fill(0, 56, 128).write(name, 56, 'utf16le')
}

/** The header of one copy: its own place, that of the other, that of its entries, and both checksums. */
function header(
  sector: Buffer,
  place: { readonly own: number; readonly other: number; readonly entriesLba: number },
  entries: Uint8Array,
): Buffer {
  const fresh = Buffer.from(sector)
  fresh.writeBigUInt64LE(BigInt(place.own), 24)
  fresh.writeBigUInt64LE(BigInt(place.other), 32)
  fresh.writeBigUInt64LE(BigInt(place.entriesLba), 72)
  fresh.writeUInt32LE(crc32(entries), 88)
  fresh.writeUInt32LE(0, 16)
  fresh.writeUInt32LE(crc32(fresh.subarray(0, fresh.readUInt32LE(12))), 16)
  return fresh
}
