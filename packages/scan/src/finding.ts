import type { Evidence, Finding, Level } from '@firn/report'
import { type ClosureComponent, nameAndVersion } from './collect/components.ts'
import type { Ruled } from './decisions/apply.ts'
import type { Advisory, Decision, ReasonCode, Verdict } from './match/model.ts'

/** A finding of the `cve/` family: what the matcher says of one component and one advisory. */
export interface VulnerabilityFinding extends Finding {
  readonly cve: string
  /** The component's name: `openssl-3.0.14`. */
  readonly component: string
  readonly verdict: Verdict
  /** Set exactly when the verdict is `undetermined`. */
  readonly reason?: ReasonCode
  /** Other ids of the same vulnerability. */
  readonly aliases?: readonly string[]
  /** Base score, 0.0 to 10.0, and where it is from. */
  readonly severity?: NonNullable<Advisory['severity']>
  readonly kev?: NonNullable<Advisory['kev']>
  readonly epss?: NonNullable<Advisory['epss']>
  readonly fixedIn?: string
  /** Somebody decided otherwise than the matcher: who, and what the matcher said. */
  readonly ruled?: Ruled
  /** The shortest chain of references from a root to the component. */
  readonly why?: readonly string[]
}

/** What of an advisory a finding shows. */
export type AdvisorySummary = Pick<Advisory, 'id' | 'title' | 'description' | 'severity' | 'kev' | 'epss'> &
  Partial<Pick<Advisory, 'aliases'>>

/** Base score from which an affected package is an error and not a warning: CVSS calls it high. Exploited ones are too. */
const HIGH = 7

/** What is shown of an advisory: its statements are done with, and the kernel's alone are many megabytes. */
export function advisorySummary({ id, aliases, title, description, severity, kev, epss }: Advisory): AdvisorySummary {
  return {
    id,
    aliases,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(severity === undefined ? {} : { severity }),
    ...(kev === undefined ? {} : { kev }),
    ...(epss === undefined ? {} : { epss }),
  }
}

/** A decision of the matcher as a finding. Undetermined is a note unless it is asked to count. */
export function vulnerabilityFinding(
  component: ClosureComponent,
  advisory: AdvisorySummary,
  decision: Decision,
  options: {
    readonly undetermined: 'note' | 'fail'
    readonly why?: readonly string[]
    readonly ruled?: Ruled
  },
): VulnerabilityFinding {
  const path = component.paths[0]
  const { verdict, reason, fixedIn } = decision
  const { aliases = [], severity, kev, epss } = advisory
  return {
    rule: `cve/${verdict.replace('_', '-')}`,
    level: levelOf(verdict, advisory, options.undetermined),
    subject: { kind: 'component', name: component.name, ...(path === undefined ? {} : { path }) },
    message: messageOf(component, advisory, decision),
    cve: advisory.id,
    component: component.name,
    verdict,
    ...(reason === undefined ? {} : { reason }),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(severity === undefined ? {} : { severity }),
    ...(kev === undefined ? {} : { kev }),
    ...(epss === undefined ? {} : { epss }),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    evidence: [...decision.evidence, ...patchEvidence(component, verdict)],
    ...(verdict === 'affected' ? { remedy: remedyOf(component, fixedIn) } : {}),
    ...(options.ruled === undefined ? {} : { ruled: options.ruled }),
    ...(options.why === undefined ? {} : { why: options.why }),
  }
}

/** Most urgent first: level, exploited ones, score, then names, so that the order is always the same. */
export function compareFindings(a: VulnerabilityFinding, b: VulnerabilityFinding): number {
  return (
    LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) ||
    Number(b.kev !== undefined) - Number(a.kev !== undefined) ||
    (b.severity?.score ?? -1) - (a.severity?.score ?? -1) ||
    compare(a.component, b.component) ||
    compare(a.cve, b.cve) ||
    compare(a.subject.path ?? '', b.subject.path ?? '')
  )
}

const LEVELS: readonly Level[] = ['error', 'warning', 'note']

function levelOf(verdict: Verdict, { severity, kev }: AdvisorySummary, undetermined: 'note' | 'fail'): Level {
  if (verdict === 'affected') return kev !== undefined || (severity?.score ?? 0) >= HIGH ? 'error' : 'warning'
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
  const why = component.paths.length === 0 ? 'nothing says which are applied' : 'the .drv file is not in this store'
  return [{ kind: 'patches', text: `patch evidence unavailable: ${why}`, ...source }]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
