import type { ByteSource } from '@firn/core'

/** Stretches of a source, one after another, as a source of its own. Closing it closes nothing. */
export function stretches(
  source: ByteSource,
  parts: readonly { readonly offset: number; readonly size: number }[],
): ByteSource {
  const starts: number[] = []
  let total = 0
  for (const { size } of parts) {
    starts.push(total)
    total += size
  }
  function* chunks(from: number, to: number): Generator<Uint8Array> {
    if (from < 0 || to < from || to > total) throw new RangeError(`bytes ${from} to ${to} of ${total}`)
    for (let i = partAt(starts, from); i < parts.length && starts[i]! < to; i++) {
      const { offset, size } = parts[i]!
      const first = Math.max(0, from - starts[i]!)
      const last = Math.min(size, to - starts[i]!)
      if (first < last) yield* source.chunks(offset + first, offset + last)
    }
  }
  return {
    size: total,
    chunks,
    read: (offset, length) => gathered(chunks(offset, offset + length), length),
    close() {},
  }
}

/** Chunks as one piece of memory. */
export function gathered(chunks: Iterable<Uint8Array>, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let done = 0
  for (const chunk of chunks) {
    bytes.set(chunk, done)
    done += chunk.length
  }
  return bytes
}

/** The last part that begins at or before `offset`. */
function partAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle
  }
  return low
}
