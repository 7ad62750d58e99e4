import { readFileSync } from 'node:fs'
import type { PublicKey } from '@firn/attest/envelope'
import { UserError } from '@firn/core'
import { diskError, writeFileAtomic } from '@firn/core/fs'
import { type Fault, findingOf, type StoreFinding } from '../verify/finding.ts'
import { isHex, type Revocation, type SealStatement } from './statement.ts'

/** What was seen of a store's seals before: a signature does not age, so only a memory tells an old seal from the last. */
export interface LastSeen {
  /** 0: none was seen. */
  readonly generation: number
  readonly root: string
  readonly revoked: readonly Revocation[]
}

const SCHEMA = 'firn/seal-state/1'
export const NEVER: LastSeen = { generation: 0, root: '', revoked: [] }

/** What is remembered. A file that is damaged is a UserError: taken for absent, it would let any old seal pass. */
export function readLastSeen(file: string): LastSeen {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NEVER
    throw diskError(file, error)
  }
  try {
    const { schema, generation, root, revoked } = JSON.parse(text) as Record<string, unknown>
    const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
    if (schema === SCHEMA && isCount(generation) && isHex(root) && Array.isArray(revoked)) {
      const list = (revoked as { key?: unknown; after?: unknown }[]).map(({ key, after }) => {
        if (!isHex(key) || !isCount(after)) throw new Error('damaged')
        return { key, after }
      })
      return { generation, root, revoked: list }
    }
  } catch {
    // Told below.
  }
  throw new UserError(
    `${file}: what was seen of earlier seals is damaged`,
    'find out which generation was the last (firn store seal inspect), and remove the file',
  )
}

/**
 * What a store's memory becomes with a seal that is believed. Generations never go down, and what was revoked stays so.
 */
export function remember(seen: LastSeen, statement: SealStatement, signers: readonly PublicKey[]): LastSeen {
  return {
    generation: Math.max(seen.generation, statement.generation),
    root: statement.generation >= seen.generation ? statement.root : seen.root,
    revoked: mergeRevoked(seen.revoked, heard(statement, signers)),
  }
}

export function writeLastSeen(file: string, seen: LastSeen): void {
  writeFileAtomic(file, `${JSON.stringify({ schema: SCHEMA, ...seen })}\n`, 0o600)
}

/**
 * Whether a validly signed seal is the newest and its signers may still sign. `least`: a generation known from elsewhere,
 * which no lower one can be.
 */
export function judgeFreshness(
  statement: SealStatement,
  signers: readonly PublicKey[],
  seen: LastSeen,
  least = 0,
): StoreFinding[] {
  const faults: Fault[] = []
  const { generation, root } = statement
  const newest = Math.max(seen.generation, least)
  if (generation < newest) {
    faults.push({
      rule: 'store/seal-rollback',
      level: 'error',
      message: `the seal is of generation ${generation}, and generation ${newest} was seen: an old seal, or an old disk, was put back`,
    })
  } else if (generation === seen.generation && root !== seen.root) {
    faults.push({
      rule: 'store/seal-rollback',
      level: 'error',
      message: `there are two seals of generation ${generation}, over different contents: one key signs in two places, or somebody else has it`,
      evidence: [`seen before: ${seen.root}`, `this one: ${root}`],
    })
  }
  const revoked = mergeRevoked(seen.revoked, heard(statement, signers))
  const good = signers.filter(({ id }) => !revoked.some(({ key, after }) => key === id && generation > after))
  if (good.length === 0) {
    faults.push({
      rule: 'store/seal-revoked',
      level: 'error',
      message: 'the seal is signed only by keys that were revoked before that generation',
      evidence: signers.map(({ id }) => `key ${id}`),
    })
  }
  return faults.map((fault) => findingOf(statement.storeDir, fault))
}

/** A key cannot revoke itself: who stole it would lock its owner out. Another that signed the same must agree. */
function heard({ revoked }: SealStatement, signers: readonly PublicKey[]): readonly Revocation[] {
  return revoked.filter(({ key }) => signers.some(({ id }) => id !== key))
}

function mergeRevoked(a: readonly Revocation[], b: readonly Revocation[]): Revocation[] {
  const lowest = new Map<string, number>()
  for (const { key, after } of [...a, ...b]) lowest.set(key, Math.min(after, lowest.get(key) ?? after))
  return [...lowest].map(([key, after]) => ({ key, after })).sort((one, other) => (one.key < other.key ? -1 : 1))
}

/** `KEYID:N`: of that key nothing after generation N is to be believed. */
export function parseRevocation(word: string): Revocation {
  const [, key, after] = /^([0-9a-f]{64}):(\d{1,15})$/.exec(word) ?? []
  if (key !== undefined) return { key, after: Number(after) }
  throw new UserError(
    `--revoke ${word}: no key id and generation`,
    'write KEYID:N; firn store seal inspect shows the ids of keys',
  )
}
