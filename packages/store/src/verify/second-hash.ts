import { createHash } from 'node:crypto'
import { HashModulo } from '@firn/nix/tree'
import type { ContentPlan } from './content-check.ts'

/** The second hash of a plan, fed while the tree is read. */
export interface SecondHash {
  readonly nar?: (bytes: Uint8Array) => void
  readonly contents?: (bytes: Uint8Array) => void
  readonly digest: () => string
}

export function secondHash({ how, algorithm, hashPart }: ContentPlan): SecondHash {
  if (how === 'modulo') {
    const hash = new HashModulo(algorithm, hashPart)
    return { nar: (bytes) => hash.update(bytes), digest: () => Buffer.from(hash.digest()).toString('hex') }
  }
  const hash = createHash(algorithm)
  const update = (bytes: Uint8Array) => void hash.update(bytes)
  return { ...(how === 'nar' ? { nar: update } : { contents: update }), digest: () => hash.digest('hex') }
}
