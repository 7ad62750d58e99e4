import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { componentOf } from './component.ts'
import { decisionsById } from './decisions.ts'
import { explain } from './explain.ts'
import { loadFacts } from './matching.ts'
import { packageMatch } from './readCve.ts'
import { type StoredVerdict, summaries } from './summary.ts'
import type { ChannelSummary, ChannelView } from './views.ts'

const PAGE = 50
const EVALUATIONS_SHOWN = 20

interface Evaluation {
  readonly channel: string
  readonly revision: string | null
  readonly imported: Date
  readonly packages: number
  readonly added: number
  readonly changed: number
  readonly removed: number
}

/** All channels by name; the counts look at every match, so callers remember the answer. */
export async function readChannels(db: Database): Promise<ChannelSummary[]> {
  const { rows: newest } = await sql<Evaluation>`select distinct on (channel) channel, revision, imported, packages
    from evaluation order by channel, id desc`.execute(db.kysely)
  const { rows: counts } = await sql<{ channel: string; verdict: string; pairs: number }>`
    select channel, verdict, count(*)::int as pairs from finding
    where verdict in ('affected', 'undetermined') group by channel, verdict`.execute(db.kysely)
  const pairs = new Map(counts.map((row) => [`${row.verdict} ${row.channel}`, row.pairs]))
  return newest.map(({ channel, revision, imported, packages }) => ({
    name: channel,
    ...(revision === null ? {} : { revision }),
    imported: imported.toISOString(),
    packages,
    affected: pairs.get(`affected ${channel}`) ?? 0,
    undetermined: pairs.get(`undetermined ${channel}`) ?? 0,
  }))
}

interface Row extends StoredVerdict {
  readonly component: number
  readonly advisory: string
  readonly attribute: string
  readonly pname: string | null
  readonly version: string | null
  readonly channel: string
}

/** A page of a channel's affected pairs. */
export async function readChannel(db: Database, summary: ChannelSummary, page: number): Promise<ChannelView> {
  const { name } = summary
  const { rows: evaluations } = await sql<Evaluation>`select revision, imported, packages, added, changed, removed
    from evaluation where channel = ${name} order by id desc limit ${sql.lit(EVALUATIONS_SHOWN)}`.execute(db.kysely)
  const { rows: found } = await sql<Row>`select component, advisory, verdict, reason, fixed_in, decision,
      finding.attribute, pname, version, channel
    from finding join component on component.id = finding.component
    join advisory on advisory.id = finding.advisory left join kev on kev.cve = finding.advisory
    where channel = ${name} and verdict = 'affected'
    order by kev.cve is not null desc, score desc nulls last, published desc nulls last, advisory.id, finding.attribute
    limit ${sql.lit(PAGE)} offset ${(page - 1) * PAGE}::int`.execute(db.kysely)
  const told = await summaries(
    db,
    found.map((row) => row.advisory),
  )
  const facts = await loadFacts(db.kysely, new Set(found.map((row) => row.component)))
  const decisions = await decisionsById(
    db,
    found.flatMap((row) => row.decision ?? []),
  )
  return {
    ...summary,
    evaluations: evaluations.map(({ revision, imported, packages, added, changed, removed }) => ({
      ...(revision === null ? {} : { revision }),
      imported: imported.toISOString(),
      packages,
      added,
      changed,
      removed,
    })),
    matches: found.map((row) => {
      const { advisory, summary: cve } = told.get(row.advisory)!
      const component = componentOf(facts.get(row.component)!)
      return { cve, match: packageMatch([row], row, explain(component, advisory, decisions.get(row.decision ?? 0))) }
    }),
    matchesTotal: summary.affected,
    page,
    pageSize: PAGE,
  }
}
