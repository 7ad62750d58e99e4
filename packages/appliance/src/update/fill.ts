import { createHash } from 'node:crypto'
import { type ByteSource, EXIT, UserError } from '@firn/core'
import { stretches } from '@firn/image/gpt'
import type { Disk } from './disk.ts'
import { digestOf, type Payload, PIECE, pieceAt } from './manifest.ts'
import type { Payloads } from './payloads.ts'

/** A stretch of a disk. */
export interface Area {
  readonly offset: number
  readonly size: number
}

export interface Filling {
  /** How many bytes of the payload are there. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * Make an area of the disk hold a payload. Pieces that are there already stay, so an update that was interrupted goes on
 * where it ended; pieces that the other slot has at the same place are copied; the rest is fetched, and each piece is
 * checked before it is written. In the end all is put on the disk and read again.
 */
export async function fill(
  disk: Disk,
  area: Area,
  payload: Payload,
  payloads: Payloads,
  other: Area,
  { onProgress = () => {}, signal }: Filling = {},
): Promise<{ readonly fetched: number }> {
  if (payload.size > area.size) {
    throw new UserError(
      `${payload.file} has ${payload.size} bytes, and the slot has room for ${area.size}`,
      'make the system smaller, or write a new image with larger slots',
      EXIT.store,
    )
  }
  const here = stretches(disk, [area])
  const there = stretches(disk, [other])
  const missing: number[] = []
  let done = 0
  const progress = (index: number) => {
    signal?.throwIfAborted()
    done += pieceAt(payload, index).length
    onProgress(done, payload.size)
  }
  for (const index of payload.pieces.keys()) {
    if (holds(here, payload, index)) progress(index)
    else if (holds(there, payload, index)) {
      const { offset, length } = pieceAt(payload, index)
      disk.write(area.offset + offset, there.read(offset, length))
      progress(index)
    } else missing.push(index)
  }
  for (const run of runsOf(missing)) {
    for await (const { index, bytes } of fetchPieces(payload, run, payloads)) {
      disk.write(area.offset + pieceAt(payload, index).offset, bytes)
      progress(index)
    }
  }
  disk.flush()
  if (!payload.pieces.every((_, index) => holds(here, payload, index))) {
    throw new UserError(
      `${disk.name}: what was written of ${payload.file} is not what is read`,
      'the disk fails; the system that runs was not touched',
      EXIT.store,
    )
  }
  return { fetched: missing.reduce((sum, index) => sum + pieceAt(payload, index).length, 0) }
}

/** All pieces of a payload, in order, each of them checked. */
export async function* fetchPieces(
  payload: Payload,
  { first, count }: { readonly first: number; readonly count: number },
  payloads: Payloads,
): AsyncGenerator<{ readonly index: number; readonly bytes: Uint8Array }> {
  const from = pieceAt(payload, first).offset
  const last = pieceAt(payload, first + count - 1)
  const to = last.offset + last.length
  const buffer = Buffer.allocUnsafe(PIECE)
  let index = first
  let held = 0
  for await (const part of payloads.read(payload, from, to)) {
    for (let at = 0; at < part.length; ) {
      const { length } = pieceAt(payload, index)
      const take = Math.min(length - held, part.length - at)
      buffer.set(part.subarray(at, at + take), held)
      held += take
      at += take
      if (held < length) continue
      const bytes = buffer.subarray(0, length)
      checkPiece(payload, index, bytes)
      yield { index, bytes }
      index++
      held = 0
    }
  }
  if (index < first + count) throw new UserError(`${payload.file}: it ended early`, 'try again', EXIT.data)
}

function checkPiece(payload: Payload, index: number, bytes: Uint8Array): void {
  if (createHash('sha256').update(bytes).digest('hex') === payload.pieces[index]) return
  throw new UserError(
    `${payload.file}: from byte ${pieceAt(payload, index).offset} on it is not what was signed`,
    'the server or the copy is damaged or was changed; nothing of this piece was written',
  )
}

function holds(source: ByteSource, payload: Payload, index: number): boolean {
  const { offset, length } = pieceAt(payload, index)
  return offset + length <= source.size && digestOf(source, offset, length) === payload.pieces[index]
}

/** Consecutive numbers as stretches: one request each. */
function runsOf(indexes: readonly number[]): { first: number; count: number }[] {
  const runs: { first: number; count: number }[] = []
  for (const index of indexes) {
    const last = runs.at(-1)
    if (last !== undefined && last.first + last.count === index) last.count++
    else runs.push({ first: index, count: 1 })
  }
  return runs
}
