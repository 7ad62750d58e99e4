import type { Finding, Level } from '@firn/report'
import { shellWord } from './shell-word.ts'

/** The rules of verifications and checks; docs/reference/rules.md has an example of each. */
export const STORE_RULES = [
  'store/hash-mismatch',
  'store/missing',
  'store/unreadable',
  'store/type',
  'store/setuid',
  'store/mode',
  'store/owner',
  'store/mtime',
  'store/capability',
  'store/xattr',
  'store/xattr-unchecked',
  'store/link-poisoned',
  'store/unregistered',
  'store/database-hash',
  'store/ca-mismatch',
  'store/ca-unchecked',
  'store/signature',
  'store/unsigned',
  'store/unsigned-local',
  'store/changed-later',
  'store/reference-unregistered',
  'store/seal-content',
  'store/seal-kind',
  'store/seal-missing',
  'store/seal-stranger',
  'store/seal-rollback',
  'store/seal-revoked',
  'store/verity-absent',
] as const
export type StoreRule = (typeof STORE_RULES)[number]

/** What is wrong with a store. */
export interface StoreFinding extends Finding {
  readonly rule: StoreRule
  /** The commands that mend it, exact, in order. */
  readonly repair: readonly string[]
}

/** What is known of a fault before it is put into a report. */
export interface Fault {
  readonly rule: StoreRule
  readonly level: Level
  /** Without the path in front. */
  readonly message: string
  readonly evidence?: readonly string[]
  readonly repair?: readonly string[]
}

/** `path` is the store path, or another file of the store's; `root` that of a chroot store, else ''. */
export function findingOf(path: string, fault: Fault, root = ''): StoreFinding {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const repair = (fault.repair ?? []).map((command) => commandFor(command, root))
  return {
    rule: fault.rule,
    level: fault.level,
    subject: { kind: 'store-path', name, path },
    message: fault.message,
    evidence: (fault.evidence ?? []).map((text) => ({ kind: 'file', text })),
    ...(repair.length > 0 && { remedy: repair.join('; ') }),
    repair,
  }
}

/** Without being told, Nix repairs the path of that name in the system's own store. */
function commandFor(command: string, root: string): string {
  return root === ''
    ? command
    : command.replace(/^nix-store (?=--repair-path )/, `nix-store --store ${shellWord(root)} `)
}

const RANK = { error: 0, warning: 1, note: 2 } as const

/** Errors first. */
export function byLevelAndPath(a: StoreFinding, b: StoreFinding): number {
  return (
    RANK[a.level] - RANK[b.level] ||
    (a.subject.path! < b.subject.path! ? -1 : a.subject.path! > b.subject.path! ? 1 : 0)
  )
}
