import type { StoreFinding } from './finding.ts'

/** One step of a repair. Nix does those of `paths` itself. */
export interface RepairPlan {
  /** Links that would put foreign contents into whatever is added or repaired: they go first. */
  readonly links: readonly string[]
  /** Devices and pipes, modes, owners, times, attributes: commands to run by hand. */
  readonly commands: readonly string[]
  /** Store paths whose contents Nix is to fetch or build again. */
  readonly paths: readonly string[]
}

const BY_NIX: ReadonlySet<string> = new Set([
  'store/hash-mismatch',
  'store/missing',
  'store/ca-mismatch',
  'store/unreadable',
])
const BY_HAND: ReadonlySet<string> = new Set([
  'store/type',
  'store/setuid',
  'store/mode',
  'store/owner',
  'store/mtime',
  'store/capability',
  'store/xattr',
])

/** The repairs of what was found, in the order in which they are safe. What needs a person's judgement is not in it. */
export function planRepair(findings: readonly StoreFinding[], storeDir: string): RepairPlan {
  const isPath = ({ subject }: StoreFinding) => subject.path?.lastIndexOf('/') === storeDir.length
  const unique = (all: readonly string[]) => [...new Set(all)]
  return {
    links: findings.filter(({ rule }) => rule === 'store/link-poisoned').map(({ subject }) => subject.path!),
    commands: unique(findings.filter(({ rule }) => BY_HAND.has(rule)).flatMap(({ repair }) => repair)),
    paths: unique(
      findings
        .filter((finding) => BY_NIX.has(finding.rule) && isPath(finding) && finding.repair.length > 0)
        .map(({ subject }) => subject.path!),
    ).sort(),
  }
}
