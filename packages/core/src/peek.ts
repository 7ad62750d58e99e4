/**
 * Look at the first bytes of a stream, at least `length` of them unless it ends before, and get a stream that gives
 * them again. Who stops reading that one early lets go of the source too.
 */
export async function peek(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  length: number,
): Promise<{ readonly first: Buffer; readonly all: AsyncGenerator<Uint8Array> }> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  const held: Uint8Array[] = []
  let size = 0
  while (size < length) {
    const next = await iterator.next()
    if (next.done) break
    held.push(next.value)
    size += next.value.length
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* held.splice(0)
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { first: Buffer.concat(held), all: all() }
}
