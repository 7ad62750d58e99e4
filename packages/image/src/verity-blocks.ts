import { hash } from 'node:crypto'
import type { VerityAlgorithm } from './verity-superblock.ts'

/** Blocks that lie one after another, each with the salt before it, and where their digests go. */
export interface BlockRow {
  readonly algorithm: VerityAlgorithm
  readonly saltSize: number
  readonly blockSize: number
  readonly digestSize: number
  readonly count: number
}

/**
 * The digests of a row of salted blocks, one after another into `digests`. One-shot hashing into a string is the way of
 * node:crypto that makes the fewest objects: at 4 KiB a block they cost as much as the hash.
 */
export function hashRow(row: BlockRow, salted: Uint8Array, digests: Buffer): void {
  const { algorithm, saltSize, blockSize, digestSize, count } = row
  const stride = saltSize + blockSize
  for (let i = 0; i < count; i++) {
    const digest = hash(algorithm, salted.subarray(i * stride, (i + 1) * stride), 'latin1')
    digests.write(digest, i * digestSize, 'latin1')
  }
}
