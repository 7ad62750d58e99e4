import { scoreCvss } from '@firn/advisories'
import type { Advisory, ReasonCode, Verdict } from '@firn/scan'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { rows } from '../db/write.ts'
import { toldMoment } from './record.ts'
import type { CveSummary } from './views.ts'

/** The order in which verdicts are told: what must be done comes first. */
export const URGENCY: Readonly<Record<Verdict, number>> = {
  affected: 0,
  undetermined: 1,
  patched: 2,
  not_affected: 3,
  different_product: 4,
}

/** Columns of the view `finding`; `decision`: who decided it, where not the matcher. */
export interface StoredVerdict {
  readonly verdict: Verdict
  readonly reason: ReasonCode | null
  readonly fixed_in: string | null
  readonly decision: number | null
}

export interface Summarised {
  readonly advisory: Advisory
  readonly summary: CveSummary
}

/** Advisories by id, with what lists show of them. */
export async function summaries(db: Database, ids: Iterable<string>): Promise<Map<string, Summarised>> {
  const wanted = [...new Set(ids)].map((id) => ({ id }))
  if (wanted.length === 0) return new Map()
  const { rows: found } = await sql<{ id: string; body: string; exploited: boolean; epss: number | null }>`
    select advisory.id, body, kev.cve is not null as exploited, epss.score as epss from advisory
    join ${rows(wanted)} as t(id text) on advisory.id = t.id
    left join kev on kev.cve = advisory.id left join epss on epss.cve = advisory.id`.execute(db.kysely)
  return new Map(
    found.map(({ id, body, exploited, epss }) => {
      const advisory = JSON.parse(body) as Advisory
      return [id, { advisory, summary: summaryOf(advisory, exploited, epss) }]
    }),
  )
}

export function summaryOf(advisory: Advisory, knownExploited: boolean, epss: number | null): CveSummary {
  const { id, title, severity } = advisory
  const published = toldMoment(advisory.published)
  const scored = severity === undefined ? undefined : scoreCvss(severity.vector)
  return {
    id,
    summary: advisory.rejected ? 'This record was rejected.' : (advisory.description ?? title ?? ''),
    knownExploited,
    ...(title === undefined ? {} : { title }),
    ...(published === undefined ? {} : { published }),
    ...(scored === undefined ? {} : { severity: { score: scored.score, rating: scored.rating } }),
    ...(epss === null ? {} : { epss }),
  }
}
