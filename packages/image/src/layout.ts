import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { ByteSource } from '@firn/core'
import { replaceAtomicAsync } from '@firn/core/fs'
import { gathered } from './slice.ts'

/** Bytes at a place of an image. What lies between extents is zero. */
export interface Extent {
  readonly offset: number
  readonly size: number
  /** What these bytes are, in words for a map or a size table. */
  readonly what: string
  /** The bytes, or how to open them: a source is opened when it is needed and closed after. Exactly `size` bytes. */
  readonly content: Uint8Array | (() => ByteSource)
}

/** An image that is not written yet. Extents are sorted by offset and do not overlap. */
export interface Layout {
  readonly size: number
  readonly extents: readonly Extent[]
}

/** Extents in any order as a layout. Throws a RangeError when two overlap or one does not fit: a fault of the writer. */
export function layoutOf(size: number, extents: readonly Extent[]): Layout {
  const sorted = extents.filter((extent) => extent.size > 0).sort((a, b) => a.offset - b.offset)
  let end = 0
  for (const { offset, size: length, what, content } of sorted) {
    if (content instanceof Uint8Array && content.length !== length) throw new RangeError(`${what}: size`)
    if (offset < end) throw new RangeError(`${what} at ${offset} begins before byte ${end}, where another ends`)
    end = offset + length
    if (end > size) throw new RangeError(`${what} ends at ${end}, behind the image (${size})`)
  }
  return { size, extents: sorted }
}

/** The extents of one layout where they lie inside another that holds it at `offset`. */
export function placed(layout: Layout, offset: number, prefix = ''): Extent[] {
  return layout.extents.map((extent) => ({
    ...extent,
    offset: extent.offset + offset,
    what: `${prefix}${extent.what}`,
  }))
}

/** So many files of a layout are open at once. */
const MOST_OPEN = 8
const PIECE = 1 << 18

/** Read a layout without writing it. Close it when done: what it opened is closed then. */
export function layoutSource(layout: Layout): ByteSource {
  const { size, extents } = layout
  const zeros = new Uint8Array(Math.min(PIECE, size))
  const opened = new Map<Extent, ByteSource>()
  const contentOf = (extent: Extent): ByteSource | Uint8Array => {
    if (extent.content instanceof Uint8Array) return extent.content
    const open = opened.get(extent)
    if (open !== undefined) return open
    for (const [first, source] of opened) {
      if (opened.size < MOST_OPEN) break
      source.close()
      opened.delete(first)
    }
    const source = extent.content()
    opened.set(extent, source)
    return source
  }
  function* chunks(from: number, to: number): Generator<Uint8Array> {
    if (from < 0 || to < from || to > size) throw new RangeError(`bytes ${from} to ${to} of ${size}`)
    let at = from
    for (let i = firstAt(extents, from); at < to; i++) {
      const extent = extents[i]
      for (const end = Math.min(to, extent?.offset ?? to); at < end; ) {
        const length = Math.min(zeros.length, end - at)
        yield zeros.subarray(0, length)
        at += length
      }
      if (extent === undefined || at >= to) continue
      const content = contentOf(extent)
      const [first, last] = [at - extent.offset, Math.min(extent.size, to - extent.offset)]
      if (content instanceof Uint8Array) yield content.subarray(first, last)
      else yield* content.chunks(first, last)
      at = extent.offset + last
    }
  }
  return {
    size,
    chunks,
    read: (offset, length) => gathered(chunks(offset, offset + length), length),
    close: () => {
      for (const source of opened.values()) source.close()
      opened.clear()
    },
  }
}

/** The first extent that ends after `offset`. */
function firstAt(extents: readonly Extent[], offset: number): number {
  let [low, high] = [0, extents.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const { offset: start, size } = extents[middle]!
    if (start + size <= offset) low = middle + 1
    else high = middle
  }
  return low
}

export interface WriteOptions {
  /** Bytes of the image that are done, holes included. */
  readonly onProgress?: ((done: number) => void) | undefined
  /** Stops the writing; the file that was there stays. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Write an image: readers see the old file or the whole new one. Holes take no space where the file system allows that.
 * Errors: what the system says of the file, as UserError; the reason of `signal`.
 */
export async function writeLayout(path: string, layout: Layout, options: WriteOptions = {}): Promise<void> {
  await replaceAtomicAsync(path, async (temporary) => {
    const file = openSync(temporary, 'wx', 0o644)
    try {
      ftruncateSync(file, layout.size)
      await writeExtents(file, layout.extents, options)
    } finally {
      closeSync(file)
    }
    options.onProgress?.(layout.size)
  })
}

/** Between pieces the process gets to see signals and to draw its progress. */
async function writeExtents(
  file: number,
  extents: readonly Extent[],
  { onProgress, signal }: WriteOptions,
): Promise<void> {
  let sinceBreath = 0
  for (const { offset, size, what, content } of extents) {
    let at = 0
    for (const chunk of piecesOf(content, size)) {
      if (at + chunk.length > size) throw new RangeError(`${what}: more than ${size} bytes`)
      for (let done = 0; done < chunk.length; ) {
        done += writeSync(file, chunk, done, chunk.length - done, offset + at + done)
      }
      at += chunk.length
      sinceBreath += chunk.length
      if (sinceBreath < 16 * PIECE) continue
      sinceBreath = 0
      onProgress?.(offset + at)
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
    }
    if (at !== size) throw new RangeError(`${what}: ${at} of ${size} bytes`)
  }
}

function* piecesOf(content: Extent['content'], size: number): Generator<Uint8Array> {
  if (content instanceof Uint8Array) {
    yield content
    return
  }
  const source = content()
  try {
    yield* source.chunks(0, size)
  } finally {
    source.close()
  }
}
