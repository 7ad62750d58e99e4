import { writeGuid } from '@firn/core'

const SIZE = 0x4000
const STORE = 0x2000 - 0x48

/** A small variable store without variables, with a mark where the working block of a real one is. */
export function blankStore(): Buffer {
  const bytes = Buffer.alloc(SIZE, 0xff)
  bytes.fill(0, 0, 0x48)
  bytes.set(writeGuid('fff12b8d-7696-4c8b-a985-2747075b4f50'), 16)
  bytes.writeBigUInt64LE(BigInt(SIZE), 32)
  bytes.write('_FVH', 40)
  bytes.writeUInt32LE(0x0004_feff, 44)
  bytes.writeUInt16LE(0x48, 48)
  bytes.writeUInt8(2, 55)
  bytes.writeUInt32LE(4, 56)
  bytes.writeUInt32LE(0x1000, 60)
  let sum = 0
  for (let at = 0; at < 0x48; at += 2) sum += bytes.readUInt16LE(at)
  bytes.writeUInt16LE(-sum & 0xffff, 50)
  bytes.set(writeGuid('aaf32c78-947b-439a-a180-2e144ec37792'), 0x48)
  bytes.writeUInt32LE(STORE, 0x48 + 16)
  bytes.set([0x5a, 0xfe, 0, 0, 0, 0, 0, 0], 0x48 + 20)
  bytes.write('the working block', 0x2000)
  return bytes
}
