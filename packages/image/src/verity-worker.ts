import { parentPort, workerData } from 'node:worker_threads'
import { type BlockRow, hashRow } from './verity-blocks.ts'

/** A thread that hashes rows of blocks. The bytes are in memory that both sides see; only numbers travel. */
export interface WorkerRoom {
  readonly row: Omit<BlockRow, 'count'>
  readonly slots: readonly { readonly salted: SharedArrayBuffer; readonly digests: SharedArrayBuffer }[]
}

/** Sent to the thread; it answers with the number of the slot. */
export interface WorkerTask {
  readonly slot: number
  readonly count: number
}

const { row, slots } = workerData as WorkerRoom
const rooms = slots.map(({ salted, digests }) => ({ salted: new Uint8Array(salted), digests: Buffer.from(digests) }))

parentPort!.on('message', ({ slot, count }: WorkerTask) => {
  const { salted, digests } = rooms[slot]!
  hashRow({ ...row, count }, salted, digests)
  parentPort!.postMessage(slot)
})
