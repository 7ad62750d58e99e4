import { crc32 } from 'node:zlib'
import { bytesSource } from '@firn/binary/source'
import { inspectAppliance } from '../../src/index.ts'
import { isoImage } from '../iso-fixture.ts'

const { bytes: WHOLE, made } = await isoImage({ check: 'both', store: bytesSource(Buffer.alloc(8 * 4096, 'store ')) })

/** The start of everything but the store, one after another: tables, folders, programs, superblock. Most of an image is zero. */
const MOST = 4096
const pieces = made.layout.extents
  .filter(({ what }) => what !== 'store')
  .map(({ offset, size }) => ({ offset, size: Math.min(size, offset < 1 << 20 ? 1024 : MOST) }))

export const corpus = [Buffer.concat(pieces.map(({ offset, size }) => WHOLE.subarray(offset, offset + size)))]

export async function target(bytes: Uint8Array): Promise<void> {
  const image = Buffer.from(WHOLE)
  let done = 0
  for (const { offset, size } of pieces) {
    image.set(bytes.subarray(done, done + size), offset)
    done += size
  }
  await inspectAppliance(bytesSource(image), { variables: [] }, 'image')
  // And again with the checksum of the table mended, so that what it guards is looked at.
  const length = Math.min(Math.max(image.readUInt32LE(512 + 12), 92), 512)
  image.writeUInt32LE(crc32(image.subarray(1024, 1024 + 128 * 128)), 512 + 88)
  image.writeUInt32LE(0, 512 + 16)
  image.writeUInt32LE(crc32(image.subarray(512, 512 + length)), 512 + 16)
  await inspectAppliance(bytesSource(image), { variables: [] }, 'image')
}
