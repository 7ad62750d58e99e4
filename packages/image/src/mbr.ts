import type { ByteSource } from '@firn/core'

/** A primary partition of a master boot record; bytes from the start of the disk. */
export interface MbrPartition {
  readonly number: number
  /** 0xef: EFI system partition; 0xee: the disk has a GUID partition table. */
  readonly type: number
  readonly offset: number
  readonly size: number
}

const TABLE = 446
const ENTRY = 16

/** The four primary partitions, those in use; none when the disk has no boot record. Sectors of 512 bytes. */
export function readMbr(disk: ByteSource): MbrPartition[] {
  if (disk.size < 512) return []
  const sector = Buffer.from(disk.read(0, 512))
  if (sector.readUInt16LE(510) !== 0xaa55) return []
  return [1, 2, 3, 4].flatMap((number) => {
    const at = TABLE + (number - 1) * ENTRY
    const status = sector.readUInt8(at)
    const type = sector.readUInt8(at + 4)
    const offset = sector.readUInt32LE(at + 8) * 512
    const size = sector.readUInt32LE(at + 12) * 512
    // A FAT volume without a table has boot code where the table would be.
    const isSound = (status & 0x7f) === 0 && type !== 0 && offset > 0 && size > 0 && offset + size <= disk.size
    return isSound ? [{ number, type, offset, size }] : []
  })
}
