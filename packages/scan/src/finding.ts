import type { Evidence, Finding, Level } from '@firn/report'
import { type ClosureComponent, nameAndVersion } from './collect/components.ts'
import type { Advisory, Decision, ReasonCode, Verdict } from './match/model.ts'

/** A finding of the `cve/` family: what the matcher says of one component and one advisory. */
export interface VulnerabilityFinding extends Finding {
  readonly cve: string
  /** The component's name: `openssl-3.0.14`. */
  readonly component: string
  readonly verdict: Verdict
  /** Set exactly when the verdict is `undetermined`. */
  readonly reason?: ReasonCode
  /** Base score, 0.0 to 10.0, and where it is from. */
  readonly severity?: NonNullable<Advisory['severity']>
  readonly fixedIn?: string
  /** The shortest chain of references from a root to the component. */
  readonly why?: readonly string[]
}

/** What of an advisory a finding shows. */
export type AdvisorySummary = Pick<Advisory, 'id' | 'title' | 'severity'>

/** Base score from which an affected package is an error and not a warning: CVSS calls it high. */
const HIGH = 7

/** A decision of the matcher as a finding. Undetermined is a note unless it is asked to count. */
export function vulnerabilityFinding(
  component: ClosureComponent,
  advisory: AdvisorySummary,
  decision: Decision,
  options: { readonly undetermined: 'note' | 'fail'; readonly why?: readonly string[] },
): VulnerabilityFinding {
  const path = component.paths[0]
  const { verdict, reason, fixedIn } = decision
  const { severity } = advisory
  return {
    rule: `cve/${verdict.replace('_', '-')}`,
    level: levelOf(verdict, severity?.score, options.undetermined),
    subject: { kind: 'component', name: component.name, ...(path === undefined ? {} : { path }) },
    message: messageOf(component, advisory, decision),
    cve: advisory.id,
    component: component.name,
    verdict,
    ...(reason === undefined ? {} : { reason }),
    ...(severity === undefined ? {} : { severity }),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    evidence: [...decision.evidence, ...patchEvidence(component, verdict)],
    ...(verdict === 'affected' ? { remedy: remedyOf(component, fixedIn) } : {}),
    ...(options.why === undefined ? {} : { why: options.why }),
  }
}

/** Most urgent first: level, score, then names, so that the order is always the same. */
export function compareFindings(a: VulnerabilityFinding, b: VulnerabilityFinding): number {
  return (
    LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) ||
    (b.severity?.score ?? -1) - (a.severity?.score ?? -1) ||
    compare(a.component, b.component) ||
    compare(a.cve, b.cve) ||
    compare(a.subject.path ?? '', b.subject.path ?? '')
  )
}

const LEVELS: readonly Level[] = ['error', 'warning', 'note']

function levelOf(verdict: Verdict, score: number | undefined, undetermined: 'note' | 'fail'): Level {
  if (verdict === 'affected') return score !== undefined && score >= HIGH ? 'error' : 'warning'
  return verdict === 'undetermined' && undetermined === 'fail' ? 'warning' : 'note'
}

const SAYS: Record<Verdict, string> = {
  affected: 'is affected by',
  undetermined: 'may be affected by',
  patched: 'is patched against',
  not_affected: 'is not affected by',
  different_product: 'is not the product of',
}

function messageOf(component: ClosureComponent, advisory: AdvisorySummary, { verdict, reason }: Decision): string {
  const { pname, version } = nameAndVersion(component)
  const title = advisory.title === undefined ? '' : `: ${advisory.title}`
  const because = reason === undefined ? '' : ` (${reason.replaceAll('_', ' ')})`
  return `${pname}${version === undefined ? '' : ` ${version}`} ${SAYS[verdict]} ${advisory.id}${because}${title}`
}

function remedyOf(component: ClosureComponent, fixedIn: string | undefined): string {
  const { pname } = nameAndVersion(component)
  if (fixedIn === undefined) return `update ${pname}, or apply a patch whose name carries the CVE id`
  return `update ${pname} to ${fixedIn} or later, or apply a patch whose name carries the CVE id`
}

/** A component of a store without `.drv` files may well be patched: the finding says that nobody could look. */
function patchEvidence(component: ClosureComponent, verdict: Verdict): Evidence[] {
  if (component.patches !== undefined || (verdict !== 'affected' && verdict !== 'undetermined')) return []
  const source = component.derivation === undefined ? {} : { source: component.derivation }
  const why = component.paths.length === 0 ? 'the SBOM says nothing of patches' : 'the .drv file is not in this store'
  return [{ kind: 'patches', text: `patch evidence unavailable: ${why}`, ...source }]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
