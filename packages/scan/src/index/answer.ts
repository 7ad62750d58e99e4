import { EXIT, UserError } from '@firn/core'
import type { Evidence } from '@firn/report'
import type { AdvisorySummary } from '../finding.ts'
import type { Decision, ReasonCode, Verdict } from '../match/model.ts'

/** What `POST /api/v1/match` answers: the tracker's data with the same matcher. */
export interface MatchResponse {
  readonly advisories: MatchData
  readonly matches: readonly RemoteMatch[]
}

/** What the answer is based on; dates are ISO 8601. */
export interface MatchData {
  readonly records: number
  /** The last successful update of the tracker's feeds. */
  readonly updated: string
  /** The date of the newest record. */
  readonly newest?: string
}

export interface RemoteMatch {
  /** Index into the request's `components`. */
  readonly component: number
  readonly advisory: AdvisorySummary
  readonly decision: Decision
}

/**
 * Check an answer: it comes from another machine. What is needed must be there (UserError, exit 3), what is not known is
 * left out, and nothing is taken that is not of its type. `count` is how many components were asked for.
 */
export function parseMatchResponse(text: string, source: string, count: number): MatchResponse {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw unusable(source, 'not JSON')
  }
  const response = fields(json)
  if (!Array.isArray(response.matches)) throw unusable(source, 'without matches')
  const { records, updated, newest } = fields(response.advisories)
  if (typeof updated !== 'string' || typeof records !== 'number') throw unusable(source, 'without the age of its data')
  return {
    advisories: { records, updated, ...texts({ newest }) },
    matches: response.matches.map((match: unknown) => remoteMatch(fields(match), source, count)),
  }
}

/** One package of what `POST /api/v1/resolve` answers. */
export interface ResolvedPackage {
  /** The store path that was asked for. */
  readonly path: string
  readonly attribute: string
  readonly pname?: string
  readonly version?: string
  readonly cpes: readonly string[]
  readonly purls: readonly string[]
  /** Absent: the tracker does not know them either. */
  readonly patches?: readonly string[]
}

/** As `parseMatchResponse`, for the answer about store paths. */
export function parseResolveAnswer(text: string, source: string): ResolvedPackage[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw unusable(source, 'not JSON')
  }
  const { packages } = fields(json)
  if (!Array.isArray(packages)) throw unusable(source, 'without packages')
  return packages.map((entry: unknown) => {
    const { path, attribute, pname, version, cpes, purls, patches } = fields(entry)
    if (typeof path !== 'string' || typeof attribute !== 'string') throw unusable(source, 'with a package of no path')
    return {
      path,
      attribute,
      ...texts({ pname, version }),
      cpes: listOfTexts(cpes),
      purls: listOfTexts(purls),
      ...(Array.isArray(patches) ? { patches: listOfTexts(patches) } : {}),
    }
  })
}

function listOfTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

const VERDICTS: ReadonlySet<unknown> = new Set<Verdict>([
  'affected',
  'not_affected',
  'patched',
  'different_product',
  'undetermined',
])

function remoteMatch(match: Fields, source: string, count: number): RemoteMatch {
  const { component } = match
  const advisory = fields(match.advisory)
  const decision = fields(match.decision)
  const isKnown = Number.isSafeInteger(component) && (component as number) >= 0 && (component as number) < count
  if (!isKnown || typeof advisory.id !== 'string') throw unusable(source, 'with a match of nothing that was asked')
  if (!VERDICTS.has(decision.verdict) || !Array.isArray(decision.evidence)) {
    throw unusable(source, 'with a verdict that is not known')
  }
  const verdict = decision.verdict as Verdict
  return {
    component: component as number,
    advisory: summary(advisory.id, advisory),
    decision: {
      verdict,
      // A newer tracker may have a reason that this firn does not know: it is shown as it is.
      ...(verdict === 'undetermined' ? { reason: String(decision.reason ?? 'product_unproven') as ReasonCode } : {}),
      evidence: decision.evidence.flatMap(evidence),
      ...texts({ fixedIn: decision.fixedIn }),
    },
  }
}

function summary(id: string, advisory: Fields): AdvisorySummary {
  const { title, description, aliases } = advisory
  const severity = fields(advisory.severity)
  const kev = fields(advisory.kev)
  const epss = fields(advisory.epss)
  return {
    id,
    ...texts({ title, description }),
    ...(Array.isArray(aliases) ? { aliases: aliases.filter((alias) => typeof alias === 'string') } : {}),
    ...(isNumber(severity.score)
      ? { severity: { score: severity.score, vector: text(severity.vector), provider: text(severity.provider) } }
      : {}),
    ...(typeof kev.dateAdded === 'string'
      ? { kev: { dateAdded: kev.dateAdded, ...(kev.ransomware === true ? { ransomware: true } : {}) } }
      : {}),
    ...(isNumber(epss.score) && isNumber(epss.percentile)
      ? { epss: { score: epss.score, percentile: epss.percentile } }
      : {}),
  }
}

function evidence(step: unknown): Evidence[] {
  const { kind, text: said, source } = fields(step)
  return typeof kind === 'string' && typeof said === 'string' ? [{ kind, text: said, ...texts({ source }) }] : []
}

type Fields = Readonly<Record<string, unknown>>

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** Those that are texts. */
function texts<K extends string>(values: Readonly<Record<K, unknown>>): { readonly [P in K]?: string } {
  const known = Object.entries(values).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(known) as { readonly [P in K]?: string }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function unusable(source: string, what: string): UserError {
  return new UserError(
    `${source}: the tracker's answer is ${what}`,
    'it may be newer than this firn, or no firn tracker: scan without --tracker',
    EXIT.data,
  )
}
