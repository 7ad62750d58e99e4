import type { OpenVexJustification } from '@firn/advisories'
import type { ClosureComponent } from '../collect/components.ts'
import type { VulnerabilityFinding } from '../finding.ts'
import { purlOf } from '../sbom/bill.ts'
import type { RulingStatus } from './ruling.ts'

/** One statement that can be passed on: a vulnerability, its status, and the products it holds for. */
export interface Judgement {
  readonly cve: string
  readonly aliases: readonly string[]
  readonly status: RulingStatus
  /** Package URLs, sorted. */
  readonly products: readonly string[]
  /** For `not_affected`. */
  readonly justification?: OpenVexJustification
  readonly impact?: string
  /** For `affected`. */
  readonly action?: string
}

/**
 * The findings as statements, those that say the same of several products joined. Products are named by package URL;
 * where two derivations of one name and version differ in status, by the derivation too.
 */
export function judgementsOf(
  findings: readonly VulnerabilityFinding[],
  components: readonly ClosureComponent[],
): Judgement[] {
  const purls = productNames(findings, components)
  const groups = Map.groupBy(findings, (finding) => JSON.stringify([finding.cve, statementOf(finding)]))
  return [...groups.values()]
    .map((group) => ({
      cve: group[0]!.cve,
      aliases: group[0]!.aliases ?? [],
      ...statementOf(group[0]!),
      products: [...new Set(group.map(purls))].sort(),
    }))
    .sort((a, b) => compare(a.cve, b.cve) || compare(a.products[0]!, b.products[0]!))
}

type Said = Pick<Judgement, 'status' | 'justification' | 'impact' | 'action'>

function statementOf(finding: VulnerabilityFinding): Said {
  const { ruled } = finding
  if (ruled?.kind === 'whitelist') {
    // It says that the finding is passed over, not that it is false: that is no judgement to pass on.
    return {
      status: 'affected',
      action: `passed over by ${ruled.source}${ruled.text === undefined ? '' : `: ${ruled.text}`}`,
    }
  }
  const why = finding.evidence.map((step) => step.text).join('; ')
  switch (finding.verdict) {
    case 'affected':
      return { status: 'affected', action: finding.remedy ?? 'update or patch it' }
    case 'undetermined':
      return { status: 'under_investigation' }
    case 'patched':
      return { status: 'fixed' }
    case 'not_affected':
      return { status: 'not_affected', ...justified(ruled?.justification), impact: why }
    case 'different_product':
      return { status: 'not_affected', justification: 'component_not_present', impact: why }
  }
}

/** VEX's own words, and CycloneDX's in VEX's; without a ruling the version speaks: the code is not there. */
function justified(word: string | undefined): { justification?: OpenVexJustification } {
  if (word === undefined) return { justification: 'vulnerable_code_not_present' }
  const known = JUSTIFICATIONS[word]
  return known === undefined ? {} : { justification: known }
}

const JUSTIFICATIONS: Readonly<Record<string, OpenVexJustification>> = {
  component_not_present: 'component_not_present',
  vulnerable_code_not_present: 'vulnerable_code_not_present',
  vulnerable_code_not_in_execute_path: 'vulnerable_code_not_in_execute_path',
  vulnerable_code_cannot_be_controlled_by_adversary: 'vulnerable_code_cannot_be_controlled_by_adversary',
  inline_mitigations_already_exist: 'inline_mitigations_already_exist',
  code_not_present: 'vulnerable_code_not_present',
  code_not_reachable: 'vulnerable_code_not_in_execute_path',
  protected_by_compiler: 'inline_mitigations_already_exist',
  protected_at_runtime: 'inline_mitigations_already_exist',
  protected_at_perimeter: 'inline_mitigations_already_exist',
  protected_by_mitigating_control: 'inline_mitigations_already_exist',
}

function productNames(
  findings: readonly VulnerabilityFinding[],
  components: readonly ClosureComponent[],
): (finding: VulnerabilityFinding) => string {
  const whole = new Map(components.map((component) => [component.paths[0] ?? component.name, purlOf(component)]))
  const purlOfFinding = ({ subject }: VulnerabilityFinding) => whole.get(subject.path ?? subject.name)!
  const statuses = new Map<string, Set<string>>()
  for (const finding of findings) {
    const key = `${finding.cve} ${plain(purlOfFinding(finding))}`
    const known = statuses.get(key) ?? new Set()
    statuses.set(key, known.add(JSON.stringify(statementOf(finding))))
  }
  return (finding) => {
    const purl = purlOfFinding(finding)
    const isClear = statuses.get(`${finding.cve} ${plain(purl)}`)!.size === 1
    return isClear ? plain(purl) : purl
  }
}

function plain(purl: string): string {
  return purl.replace(/\?.*/, '')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
