import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { ByteSource } from '@firn/core'
import { type BlockRow, hashRow } from './verity-blocks.ts'
import { DIGEST_SIZE, type VerityAlgorithm } from './verity-superblock.ts'
import type { WorkerRoom, WorkerTask } from './verity-worker.ts'

/** Which blocks of a source to hash, and how. */
export interface BlockWords {
  readonly source: ByteSource
  readonly algorithm: VerityAlgorithm
  readonly salt: Uint8Array
  readonly blockSize: number
  /** Bytes before the first block. */
  readonly offset: number
  readonly blocks: number
}

export interface DigestOptions {
  /** Threads beside the one that reads; 0 hashes in this one. By default as many as processors are free to use, at most 8. */
  readonly workers?: number | undefined
  readonly onProgress?: ((bytes: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** The digests of the blocks from number `first` on, one after another; the bytes are valid during the call. */
type OnDigests = (first: number, digests: Uint8Array) => void

const ROW_BYTES = 1 << 20
/** Below this, starting threads takes longer than hashing. */
const ALONE = 32 << 20
/** One row is hashed while the next is filled. */
const SLOTS = 2
const MOST_WORKERS = 8

/**
 * Hash all blocks. This thread reads, others hash; memory is some 2 MiB a thread, whatever the size. Rows come in any
 * order. Errors: those of the source; the reason of `signal`.
 */
export async function digestBlocks(
  words: BlockWords,
  onDigests: OnDigests,
  options: DigestOptions = {},
): Promise<void> {
  const { blocks, blockSize } = words
  const wanted = options.workers ?? Math.min(availableParallelism(), MOST_WORKERS)
  if (wanted === 0 || (options.workers === undefined && blocks * blockSize < ALONE)) {
    await digestAlone(words, onDigests, options)
    return
  }
  const pool = new Pool(words, wanted, onDigests)
  try {
    for (const { first, count } of rowsOf(words)) {
      options.signal?.throwIfAborted()
      const room = await pool.freeRoom()
      fillRow(words, first, count, room.salted)
      pool.send(room, first, count)
      options.onProgress?.((first + count) * blockSize)
    }
    await pool.finish()
  } finally {
    await pool.stop()
  }
}

async function digestAlone(words: BlockWords, onDigests: OnDigests, options: DigestOptions): Promise<void> {
  const row = rowShape(words)
  const salted = new Uint8Array(rowBytes(words))
  const digests = Buffer.alloc(rowBlocks(words) * row.digestSize)
  putSalt(words, salted)
  for (const { first, count } of rowsOf(words)) {
    options.signal?.throwIfAborted()
    fillRow(words, first, count, salted)
    hashRow({ ...row, count }, salted, digests)
    onDigests(first, digests.subarray(0, count * row.digestSize))
    options.onProgress?.((first + count) * words.blockSize)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function rowShape({ algorithm, salt, blockSize }: BlockWords): Omit<BlockRow, 'count'> {
  return { algorithm, saltSize: salt.length, blockSize, digestSize: DIGEST_SIZE[algorithm] }
}

function rowBlocks({ blockSize, blocks }: BlockWords): number {
  return Math.min(blocks, ROW_BYTES / blockSize)
}

function rowBytes(words: BlockWords): number {
  return rowBlocks(words) * (words.salt.length + words.blockSize)
}

function* rowsOf(words: BlockWords): Generator<{ readonly first: number; readonly count: number }> {
  const most = rowBlocks(words)
  for (let first = 0; first < words.blocks; first += most) yield { first, count: Math.min(most, words.blocks - first) }
}

function putSalt({ salt, blockSize }: BlockWords, salted: Uint8Array): void {
  for (let at = 0; at < salted.length; at += salt.length + blockSize) salted.set(salt, at)
}

/** Put blocks between the salts. Sources give pieces of any size. */
function fillRow(
  { source, salt, blockSize, offset }: BlockWords,
  first: number,
  count: number,
  salted: Uint8Array,
): void {
  const from = offset + first * blockSize
  let at = 0
  for (const chunk of source.chunks(from, from + count * blockSize)) {
    for (let done = 0; done < chunk.length; ) {
      const inBlock = at % blockSize
      const length = Math.min(blockSize - inBlock, chunk.length - done)
      const to = ((at - inBlock) / blockSize) * (salt.length + blockSize) + salt.length + inBlock
      salted.set(chunk.subarray(done, done + length), to)
      done += length
      at += length
    }
  }
}

interface Room {
  readonly worker: Worker
  readonly slot: number
  readonly salted: Uint8Array
  readonly digests: Uint8Array
  first: number
  count: number
}

/** Threads and the rooms they share with this one. */
class Pool {
  readonly #workers: Worker[] = []
  readonly #free: Room[] = []
  readonly #onDigests: OnDigests
  readonly #digestSize: number
  #rooms = 0
  #failure: unknown
  #wake: (() => void) | undefined

  constructor(words: BlockWords, count: number, onDigests: OnDigests) {
    this.#onDigests = onDigests
    const row = rowShape(words)
    this.#digestSize = row.digestSize
    for (let i = 0; i < count; i++) {
      const slots = Array.from({ length: SLOTS }, () => ({
        salted: new SharedArrayBuffer(rowBytes(words)),
        digests: new SharedArrayBuffer(rowBlocks(words) * row.digestSize),
      }))
      const room: WorkerRoom = { row, slots }
      const worker = new Worker(new URL('./verity-worker.ts', import.meta.url), { workerData: room })
      const rooms = slots.map(({ salted, digests }, slot): Room => {
        const bytes = new Uint8Array(salted)
        putSalt(words, bytes)
        return { worker, slot, salted: bytes, digests: new Uint8Array(digests), first: 0, count: 0 }
      })
      worker.on('message', (slot: number) => this.#done(rooms[slot]!))
      worker.on('error', (error) => this.#fail(error))
      this.#workers.push(worker)
      this.#rooms += rooms.length
      this.#free.push(...rooms)
    }
  }

  async freeRoom(): Promise<Room> {
    await this.#until(() => this.#free.length > 0)
    return this.#free.shift()!
  }

  send(room: Room, first: number, count: number): void {
    room.first = first
    room.count = count
    const task: WorkerTask = { slot: room.slot, count }
    room.worker.postMessage(task)
  }

  async finish(): Promise<void> {
    await this.#until(() => this.#free.length === this.#rooms)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  #done(room: Room): void {
    this.#onDigests(room.first, room.digests.subarray(0, room.count * this.#digestSize))
    this.#free.push(room)
    this.#wake?.()
  }

  #fail(error: unknown): void {
    this.#failure = error
    this.#wake?.()
  }

  async #until(holds: () => boolean): Promise<void> {
    while (this.#failure === undefined && !holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#failure !== undefined) throw this.#failure
  }
}
