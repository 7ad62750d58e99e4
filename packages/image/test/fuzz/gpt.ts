import { crc32 } from 'node:zlib'
import { writeGuid } from '@firn/core'
import { editGpt, PARTITION_TYPE, readGpt, readMbr } from '../../src/index.ts'
import { memory } from '../memory.ts'

function smallGpt(): Buffer {
  const bytes = Buffer.alloc(512 * 12)
  bytes.writeUInt16LE(0xaa55, 510)
  bytes.set([0, 0, 0, 0, 0xee, 0, 0, 0, 1, 0, 0, 0, 11, 0, 0, 0], 446)
  const entry = bytes.subarray(1024, 1024 + 128)
  entry.set(writeGuid(PARTITION_TYPE.esp))
  entry.writeBigUInt64LE(4n, 32)
  entry.writeBigUInt64LE(9n, 40)
  const header = bytes.subarray(512, 512 + 92)
  header.write('EFI PART')
  header.writeUInt32LE(92, 12)
  header.writeBigUInt64LE(1n, 24)
  header.writeBigUInt64LE(2n, 72)
  header.writeUInt32LE(2, 80)
  header.writeUInt32LE(128, 84)
  header.writeUInt32LE(crc32(bytes.subarray(1024, 1024 + 256)), 88)
  header.writeUInt32LE(crc32(header), 16)
  return bytes
}

export const corpus = [smallGpt()]

/** Checksums are mended, or hardly any change would come past them. */
export function target(bytes: Uint8Array): void {
  readMbr(memory(bytes))
  readGpt(memory(bytes))
  const mended = Buffer.from(bytes)
  if (mended.length < 1024) return
  const [at, count, size] = [mended.readUInt32LE(512 + 72) * 512, mended.readUInt32LE(592), mended.readUInt32LE(596)]
  if (at + count * size <= mended.length) mended.writeUInt32LE(crc32(mended.subarray(at, at + count * size)), 600)
  const length = Math.min(512, mended.readUInt32LE(524))
  mended.writeUInt32LE(0, 528)
  mended.writeUInt32LE(crc32(mended.subarray(512, 512 + length)), 528)
  readGpt(memory(mended))
  editGpt(memory(mended), [{ number: 1, id: PARTITION_TYPE.esp, name: 'changed' }])
}
