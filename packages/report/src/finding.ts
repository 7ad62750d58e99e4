/** How bad a finding is. `--fail-on` names the level from which the exit code is 1. */
export type Level = 'error' | 'warning' | 'note'

/** What a finding is about: a component of a closure, a store path, a file on the ESP, a boot entry. */
export interface Subject {
  readonly kind: string
  readonly name: string
  readonly path?: string
}

/**
 * One step of the chain that led to a finding, in words a maintainer can check. `source` says where to look: a URL,
 * a file, a record's row ("CVE-2024-5535 containers.cna.affected[0].versions[2]").
 */
export interface Evidence {
  readonly kind: string
  readonly text: string
  readonly source?: string
}

/**
 * The one finding type of the house. `rule` is a stable id from docs/reference/rules.md (`cve/affected`). A rule
 * family may add fields of its own: see VulnerabilityFinding in the scan package.
 */
export interface Finding {
  readonly rule: string
  readonly level: Level
  readonly subject: Subject
  readonly message: string
  readonly evidence: readonly Evidence[]
  readonly remedy?: string
}

const RANK: Record<Level, number> = { note: 0, warning: 1, error: 2 }

/** Whether `level` is at or above `threshold`. */
export function reaches(level: Level, threshold: Level): boolean {
  return RANK[level] >= RANK[threshold]
}
