import type { ByteSource } from '@firn/core'
import { BLOCK, HOLE } from './erofs-format.ts'
import { gathered } from './slice.ts'

const ZEROS = new Uint8Array(64 * 1024)

/**
 * The contents of a file in chunks of `chunk` bytes, `size` bytes in all: `blocks` says in which block of the image each
 * begins, or that it is a hole. Four bytes of memory a chunk. Every chunk must lie inside of the image.
 */
export function chunkedSource(image: ByteSource, size: number, chunk: number, blocks: Uint32Array): ByteSource {
  function* chunks(from: number, to: number): Generator<Uint8Array> {
    if (from < 0 || to < from || to > size) throw new RangeError(`bytes ${from} to ${to} of ${size}`)
    for (let at = from; at < to; ) {
      const inside = at % chunk
      const end = Math.min(to, at - inside + chunk)
      const block = blocks[Math.floor(at / chunk)]!
      if (block === HOLE) yield* zeros(end - at)
      else yield* image.chunks(block * BLOCK + inside, block * BLOCK + inside + (end - at))
      at = end
    }
  }
  return {
    size,
    chunks,
    read: (offset, length) => gathered(chunks(offset, offset + length), length),
    close() {},
  }
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length))
}
