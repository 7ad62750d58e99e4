import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { decompress, decompressStart } from '../../src/index.ts'

const some = Buffer.from('{"some":"words, some words"}'.repeat(20))
export const corpus = [some, gzipSync(some), brotliCompressSync(some), zstdCompressSync(some)]

export async function target(bytes: Uint8Array): Promise<void> {
  await decompressStart(bytes, 1000)
  let size = 0
  for await (const piece of decompress([bytes], '', 1 << 20)) size += piece.length
  if (size > Math.max(1 << 20, bytes.length)) throw new Error('beyond the limit')
}
