import { closeSync, openSync, writeSync } from 'node:fs'
import type { ByteSource } from '@firn/binary/source'
import { replaceAtomic } from '@firn/core/fs'

/** A file in the making: bytes of our own, and stretches of others that are copied when it is written. */
export type Piece = Uint8Array | { readonly source: ByteSource; readonly from: number; readonly to: number }

/** The pieces, one after another, as something to read: it can be hashed and signed before it is ever written. */
export function piecesSource(pieces: readonly Piece[]): ByteSource {
  const parts = pieces.filter((piece) => sizeOf(piece) > 0)
  const starts: number[] = []
  let size = 0
  for (const piece of parts) {
    starts.push(size)
    size += sizeOf(piece)
  }
  function* chunks(from: number, to: number): Generator<Uint8Array> {
    if (from < 0 || to < from || to > size) throw new RangeError(`bytes ${from} to ${to} of ${size}`)
    for (const [i, piece] of parts.entries()) {
      const start = starts[i]!
      const first = Math.max(0, from - start)
      const last = Math.min(sizeOf(piece), to - start)
      if (first >= last) continue
      if (piece instanceof Uint8Array) yield piece.subarray(first, last)
      else yield* piece.source.chunks(piece.from + first, piece.from + last)
    }
  }
  return {
    size,
    chunks,
    read: (offset, length) => {
      const bytes = Buffer.allocUnsafe(length)
      let done = 0
      for (const chunk of chunks(offset, offset + length)) {
        bytes.set(chunk, done)
        done += chunk.length
      }
      return bytes
    },
    close() {},
  }
}

/** Zeros up to the next multiple of `alignment`. */
export function padding(length: number, alignment: number): Uint8Array {
  return new Uint8Array(alignUp(length, alignment) - length)
}

export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment
}

/** Write all of `source` to `path`: whole, or not at all. No fsync: what a build makes, a build can make again. */
export function writeSource(path: string, source: ByteSource, mode = 0o644): void {
  const write = (temporary: string) => {
    const file = openSync(temporary, 'wx', mode)
    try {
      for (const chunk of source.chunks(0, source.size)) {
        for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done)
      }
    } finally {
      closeSync(file)
    }
  }
  replaceAtomic(path, write, { durable: false })
}

function sizeOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.to - piece.from
}
