import { openFat } from '../../src/index.ts'
import { memory } from '../memory.ts'

/** A FAT12 of 64 clusters of 512 bytes: a folder D with a file of two clusters, and a long name in the root. */
function smallFat(): Buffer {
  const bytes = Buffer.alloc(70 * 512)
  bytes.set([0xeb, 0x3c, 0x90])
  bytes.writeUInt16LE(512, 11)
  bytes.writeUInt8(1, 13)
  bytes.writeUInt16LE(1, 14)
  bytes.writeUInt8(1, 16)
  bytes.writeUInt16LE(16, 17)
  bytes.writeUInt16LE(67, 19)
  bytes.writeUInt16LE(1, 22)
  bytes.set([0xf8, 0xff, 0xff, 0xff, 0x4f, 0x00, 0xff, 0x0f], 512)
  const entry = (name: string, attributes: number, cluster: number, size: number) => {
    const one = Buffer.alloc(32)
    one.write(name.padEnd(11), 'latin1')
    one[11] = attributes
    one.writeUInt16LE(cluster, 26)
    one.writeUInt32LE(size, 28)
    return one
  }
  const short = entry('FILE    TXT', 0x20, 3, 700)
  const sum = short.subarray(0, 11).reduce((all, byte) => (((all & 1) << 7) + (all >> 1) + byte) & 0xff, 0)
  const long = Buffer.alloc(32, 0xff)
  long.set([0x41, ...Buffer.from('file\0', 'utf16le')])
  long[11] = 0x0f
  long[12] = 0
  long[13] = sum
  bytes.set(Buffer.concat([entry('D', 0x10, 2, 0), long, short]), 1024)
  bytes.set(short, 1536)
  return bytes
}

export const corpus = [smallFat()]

export function target(bytes: Uint8Array): void {
  const fat = openFat(memory(bytes))
  for (const entry of [...(fat.list('') ?? []), ...(fat.list('D') ?? [])].slice(0, 50)) {
    if (!entry.isDirectory) fat.open(entry)
  }
}
