import { EXIT, type ExitCode } from '@firn/core'
import { nameAndVersion, type VulnerabilityFinding } from '@firn/scan'
import type { Matched } from './matched.ts'
import type { Subject } from './subject.ts'

/** What vulnix ends with. */
const VULNIX_EXIT = { clean: 0, whitelisted: 1, findings: 2 } as const

/** One entry of vulnix's JSON. */
interface VulnixItem {
  readonly name: string
  readonly pname: string
  readonly version: string
  readonly derivation: string | null
  readonly affected_by: readonly string[]
  readonly whitelisted: readonly string[]
  readonly patched?: readonly string[]
  readonly cvssv3_basescore: Readonly<Record<string, number>>
  readonly description: Readonly<Record<string, string>>
}

/**
 * The findings as `vulnix --json` prints them, for programs that read that. `matched` has all verdicts; `all` is
 * vulnix's `--show-whitelisted`, and adds what is patched.
 */
export function vulnixReport(subject: Subject, matched: Matched, all: boolean): { text: string; exit: ExitCode } {
  const groups = Map.groupBy(matched.findings, (finding) => finding.subject.path ?? finding.component)
  const items = subject.composition.components
    .map((component) => {
      const findings = groups.get(component.paths[0] ?? component.name) ?? []
      const { pname, version = '' } = nameAndVersion(component)
      const ids = (wanted: (finding: VulnerabilityFinding) => boolean) =>
        findings
          .filter(wanted)
          .map(({ cve }) => cve)
          .sort()
      const affected = ids(isReported)
      const whitelisted = ids(isWhitelisted)
      const patched = ids(({ verdict }) => verdict === 'patched')
      const told = new Set([...affected, ...whitelisted])
      const scored = findings.filter(({ cve, severity }) => told.has(cve) && severity?.vector.startsWith('CVSS:3'))
      return {
        name: component.name,
        pname,
        version,
        derivation: component.derivation ?? null,
        affected_by: affected,
        whitelisted,
        ...(all && patched.length > 0 ? { patched } : {}),
        cvssv3_basescore: Object.fromEntries(scored.map(({ cve, severity }) => [cve, severity!.score])),
        description: Object.fromEntries([...told].map((cve) => [cve, matched.descriptions.get(cve) ?? ''])),
      } satisfies VulnixItem
    })
    .filter((item) => item.affected_by.length > 0 || (all && item.whitelisted.length > 0))
  return { text: `${JSON.stringify(items, null, 1)}\n`, exit: exitOf(items, matched) }
}

function isReported({ verdict, level }: VulnerabilityFinding): boolean {
  return verdict === 'affected' || (verdict === 'undetermined' && level === 'warning')
}

function isWhitelisted({ ruled }: VulnerabilityFinding): boolean {
  return ruled?.kind === 'whitelist' && (ruled.was === 'affected' || ruled.was === 'undetermined')
}

/** Findings are 2 and only whitelisted ones 1, when they are shown. Stale data without findings is firn's own 3. */
function exitOf(items: readonly VulnixItem[], { stale }: Matched): ExitCode {
  if (items.some((item) => item.affected_by.length > 0)) return VULNIX_EXIT.findings
  if (stale) return EXIT.data
  return items.length > 0 ? VULNIX_EXIT.whitelisted : VULNIX_EXIT.clean
}
