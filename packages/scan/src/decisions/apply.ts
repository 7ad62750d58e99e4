import type { Evidence } from '@firn/report'
import type { Decision, Verdict } from '../match/model.ts'
import type { Ruling, RulingStatus } from './ruling.ts'

/** How a ruling changed a verdict: kept beside the finding, so that nobody takes it for the matcher's own. */
export interface Ruled {
  readonly status: RulingStatus
  readonly kind: Ruling['kind']
  /** File and statement. */
  readonly source: string
  readonly justification?: string
  readonly text?: string
  readonly until?: string
  /** What the matcher said. */
  readonly was: Verdict
}

/**
 * The matcher's decision after a ruling. `not_affected` and `fixed` clear a finding, `affected` makes one of whatever
 * the matcher said, `under_investigation` only adds to the evidence.
 */
export function applyRuling(
  decision: Decision,
  ruling: Ruling,
): { readonly decision: Decision; readonly ruled: Ruled } {
  const verdict = VERDICTS[ruling.status] ?? decision.verdict
  const evidence = [evidenceOf(ruling), ...decision.evidence]
  const { justification, text, until } = ruling
  const ruled: Ruled = {
    status: ruling.status,
    kind: ruling.kind,
    source: ruling.source,
    ...(justification === undefined ? {} : { justification }),
    ...(text === undefined ? {} : { text }),
    ...(until === undefined ? {} : { until }),
    was: decision.verdict,
  }
  if (verdict === decision.verdict) return { decision: { ...decision, evidence }, ruled }
  const { fixedIn } = decision
  return { decision: { verdict, evidence, ...(fixedIn === undefined ? {} : { fixedIn }) }, ruled }
}

/** `under_investigation` is no verdict: the matcher's stays. */
const VERDICTS: Readonly<Record<RulingStatus, Verdict | undefined>> = {
  not_affected: 'not_affected',
  affected: 'affected',
  fixed: 'patched',
  under_investigation: undefined,
}

function evidenceOf({ status, kind, justification, text, until, source }: Ruling): Evidence {
  const said = kind === 'whitelist' ? 'a whitelist passes over it' : SAYS[status]
  const details = [justification?.replaceAll('_', ' '), text].filter((part) => part !== undefined && part !== '')
  const end = until === undefined ? '' : ` (until ${until})`
  return { kind: 'decision', text: `${[said, ...details].join(': ')}${end}`, source }
}

const SAYS: Readonly<Record<RulingStatus, string>> = {
  not_affected: 'decided: not affected',
  affected: 'decided: affected',
  fixed: 'decided: fixed here',
  under_investigation: 'under investigation',
}
