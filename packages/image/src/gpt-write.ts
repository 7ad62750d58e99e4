import { crc32 } from 'node:zlib'
import { type Guid, UserError, writeGuid } from '@firn/core'
import type { GptPartition } from './gpt.ts'
import { type Extent, type Layout, layoutOf, placed } from './layout.ts'

export interface GptWords {
  readonly diskId: Guid
  /** 512 by default. */
  readonly sectorSize?: 512 | 4096 | undefined
  /** Bytes of the whole disk; by default as few as hold everything, in steps of the alignment. */
  readonly size?: number | undefined
  /** Partitions begin at multiples of this many bytes; by default 1 MiB. */
  readonly alignment?: number | undefined
  /** In the order of their numbers, from 1 on. */
  readonly partitions: readonly PartitionWords[]
}

export interface PartitionWords {
  readonly type: Guid
  readonly id: Guid
  /** At most 36 UTF-16 units. */
  readonly name: string
  readonly attributes?: bigint | undefined
  /** Bytes; rounded up to whole sectors. By default what the content takes. */
  readonly size?: number | undefined
  /** Bytes from the start of the disk; by default behind the partition before, aligned. */
  readonly offset?: number | undefined
  /** What the partition holds; without it, zeros. */
  readonly content?: Layout | undefined
}

const ENTRIES = 128
const ENTRY = 128

/**
 * A disk with a GUID partition table, both copies of it, and a protective master boot record (UEFI 2.10, section 5), and
 * where each partition lies. Errors: what does not fit, names that are too long, ids given twice.
 */
export function buildGpt(words: GptWords): { readonly layout: Layout; readonly partitions: readonly GptPartition[] } {
  const { diskId, sectorSize = 512, alignment = 1 << 20 } = words
  checkWords(words)
  const entrySectors = (ENTRIES * ENTRY) / sectorSize
  const firstUsable = 2 + entrySectors
  const partitions = place(words.partitions, sectorSize, alignment, firstUsable)
  const end = Math.max(firstUsable * sectorSize, ...partitions.map(({ offset, size }) => offset + size))
  const size = words.size ?? roundUp(end + (entrySectors + 1) * sectorSize, alignment)
  const last = size / sectorSize - 1
  const lastUsable = last - entrySectors - 1
  if (!Number.isInteger(last)) throw new UserError(`GPT: a disk of ${size} bytes`, `give a multiple of ${sectorSize}`)
  if (end > (lastUsable + 1) * sectorSize) {
    throw new UserError(
      `GPT: the partitions need ${end - size + (entrySectors + 1) * sectorSize} bytes more`,
      'make the disk larger',
    )
  }
  const entries = Buffer.alloc(ENTRIES * ENTRY)
  for (const partition of partitions) entries.set(entryOf(partition, sectorSize), (partition.number - 1) * ENTRY)
  const range = { diskId, firstUsable, lastUsable, entries, sectorSize }
  const first = header({ ...range, own: 1, other: last, entriesLba: 2 })
  const copy = header({ ...range, own: last, other: 1, entriesLba: last - entrySectors })
  const extents: Extent[] = [
    extent(0, protectiveMbr(last), 'protective master boot record'),
    extent(sectorSize, Buffer.concat([first, entries]), 'partition table'),
    extent((last - entrySectors) * sectorSize, Buffer.concat([entries, copy]), 'partition table, copy at the end'),
    ...partitions.flatMap(({ offset, number }) => {
      const { content } = words.partitions[number - 1]!
      return content === undefined ? [] : placed(content, offset)
    }),
  ]
  return { layout: layoutOf(size, extents), partitions }
}

function checkWords({ partitions, alignment = 1 << 20, sectorSize = 512 }: GptWords): void {
  if (partitions.length > ENTRIES) throw new UserError(`GPT: ${partitions.length} partitions`, `at most ${ENTRIES}`)
  if (!Number.isInteger(alignment / sectorSize) || alignment < 1) {
    throw new UserError(`GPT: an alignment of ${alignment} bytes`, `give a multiple of ${sectorSize}`)
  }
  const ids = new Set<string>()
  for (const { id, name } of partitions) {
    if (name.length > 36 || name.includes('\0')) {
      throw new UserError(`GPT: "${name}" is no name for a partition`, 'up to 36 characters')
    }
    if (ids.has(id.toLowerCase())) throw new UserError(`GPT: two partitions have the id ${id}`, 'give each its own')
    ids.add(id.toLowerCase())
  }
}

function place(
  words: readonly PartitionWords[],
  sectorSize: number,
  alignment: number,
  firstUsable: number,
): GptPartition[] {
  let end = firstUsable * sectorSize
  const placed: GptPartition[] = []
  for (const [i, { type, id, name, attributes = 0n, content, ...given }] of words.entries()) {
    const size = roundUp(given.size ?? content?.size ?? 0, sectorSize)
    const offset = given.offset ?? roundUp(end, alignment)
    if (size === 0 || (content?.size ?? 0) > size) {
      throw new UserError(
        `GPT: partition ${i + 1} (${name}) has ${size} bytes for ${content?.size ?? 0}`,
        'make it larger',
      )
    }
    if (offset % sectorSize !== 0 || offset < firstUsable * sectorSize) {
      throw new UserError(
        `GPT: partition ${i + 1} (${name}) cannot begin at byte ${offset}`,
        'choose a place behind it',
      )
    }
    placed.push({ number: i + 1, type: type.toLowerCase(), id: id.toLowerCase(), name, attributes, offset, size })
    end = Math.max(end, offset + size)
  }
  const sorted = placed.toSorted((a, b) => a.offset - b.offset)
  for (const [i, { offset, name }] of sorted.entries()) {
    const before = sorted[i - 1]
    if (before !== undefined && before.offset + before.size > offset) {
      throw new UserError(`GPT: the partitions ${before.name} and ${name} overlap`, 'move one of them')
    }
  }
  return placed
}

function entryOf({ type, id, name, attributes, offset, size }: GptPartition, sectorSize: number): Uint8Array {
  const bytes = Buffer.alloc(ENTRY)
  bytes.set(writeGuid(type), 0)
  bytes.set(writeGuid(id), 16)
  bytes.writeBigUInt64LE(BigInt(offset / sectorSize), 32)
  bytes.writeBigUInt64LE(BigInt((offset + size) / sectorSize - 1), 40)
  bytes.writeBigUInt64LE(attributes, 48)
  bytes.write(name, 56, 'utf16le')
  return bytes
}

interface HeaderWords {
  readonly diskId: Guid
  readonly firstUsable: number
  readonly lastUsable: number
  readonly entries: Uint8Array
  readonly sectorSize: number
  readonly own: number
  readonly other: number
  readonly entriesLba: number
}

/** A whole sector. */
function header(words: HeaderWords): Buffer {
  const bytes = Buffer.alloc(words.sectorSize)
  bytes.write('EFI PART', 'latin1')
  bytes.writeUInt32LE(0x0001_0000, 8)
  bytes.writeUInt32LE(92, 12)
  bytes.writeBigUInt64LE(BigInt(words.own), 24)
  bytes.writeBigUInt64LE(BigInt(words.other), 32)
  bytes.writeBigUInt64LE(BigInt(words.firstUsable), 40)
  bytes.writeBigUInt64LE(BigInt(words.lastUsable), 48)
  bytes.set(writeGuid(words.diskId), 56)
  bytes.writeBigUInt64LE(BigInt(words.entriesLba), 72)
  bytes.writeUInt32LE(ENTRIES, 80)
  bytes.writeUInt32LE(ENTRY, 84)
  bytes.writeUInt32LE(crc32(words.entries), 88)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 92)), 16)
  return bytes
}

/** One partition over the whole disk, so that programs that know no GPT keep off (UEFI 2.10, section 5.2.3). */
function protectiveMbr(last: number): Buffer {
  const bytes = Buffer.alloc(512)
  bytes.set([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff], 446)
  bytes.writeUInt32LE(1, 454)
  bytes.writeUInt32LE(Math.min(last, 0xffff_ffff), 458)
  bytes.writeUInt16LE(0xaa55, 510)
  return bytes
}

function extent(offset: number, content: Uint8Array, what: string): Extent {
  return { offset, size: content.length, what, content }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
