import type { Finding } from '@firn/report'

/** The rules of a verification, docs/reference/rules.md has an example of each. */
export const STORE_RULES = [
  'store/hash-mismatch',
  'store/missing',
] as const
export type StoreRule = (typeof STORE_RULES)[number]

/** What is wrong with a store. `repair` are the exact commands, safest first. */
export interface StoreFinding extends Finding {
  readonly rule: StoreRule
  readonly repair?: readonly string[]
}
