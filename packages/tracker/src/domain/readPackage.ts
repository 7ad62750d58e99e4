import { identify } from '@firn/scan'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { componentOf } from './component.ts'
import { decisionsById, listDecisions } from './decisions.ts'
import { explain } from './explain.ts'
import { loadFacts } from './matching.ts'
import { groupBy, packageMatch, worstOf } from './readCve.ts'
import { type StoredVerdict, summaries, URGENCY } from './summary.ts'
import type { PackageView } from './views.ts'

const CVES_SHOWN = 200
const INTERVALS_READ = 2_000

interface Interval {
  readonly channel: string
  readonly component: number
  readonly version: string | null
  readonly since: Date
  readonly until: Date | null
}

/** One attribute over all channels that have it, or had it. */
export async function readPackage(db: Database, attribute: string): Promise<PackageView | undefined> {
  const { rows: intervals } = await sql<Interval>`select presence.channel, presence.component, component.version,
      began.imported as since, ended.imported as until
    from presence join component on component.id = presence.component
    join evaluation began on began.id = presence.since left join evaluation ended on ended.id = presence.until
    where presence.attribute = ${attribute}
    order by presence.since desc, presence.channel limit ${sql.lit(INTERVALS_READ)}`.execute(db.kysely)
  const newest = intervals[0]
  if (newest === undefined) return undefined
  const current = intervals.filter(({ until }) => until === null)
  const facts = await loadFacts(db.kysely, new Set([newest, ...current].map(({ component }) => component)))
  const { pname, description, homepages, position, licences, maintainers, knownVulnerabilities } = facts.get(
    (current[0] ?? newest).component,
  )!
  const history = joinIntervals(intervals)
  const { cves, total } = await cvesOf(db, attribute, current, facts)
  return {
    attribute,
    ...(pname === undefined ? {} : { pname }),
    ...(description === undefined ? {} : { description }),
    homepages,
    ...(position === undefined ? {} : { position }),
    licences,
    maintainers,
    knownVulnerabilities,
    channels: history
      .filter(({ until }) => until === undefined)
      .map(({ channel, version, since }) => ({ channel, since, ...(version === undefined ? {} : { version }) }))
      .sort((a, b) => (a.channel < b.channel ? -1 : 1)),
    history,
    cves,
    cvesTotal: total,
    decisions: await listDecisions(db, { attribute }),
  }
}

/** A change of the description is none of the version: neighbours with one version are one interval. Newest first. */
function joinIntervals(intervals: readonly Interval[]): PackageView['history'] {
  const open = new Map<string, { -readonly [K in keyof Interval]: Interval[K] }>()
  const joined: { -readonly [K in keyof Interval]: Interval[K] }[] = []
  for (const interval of intervals) {
    const later = open.get(interval.channel)
    const touches = later !== undefined && interval.until?.getTime() === later.since.getTime()
    if (touches && later.version === interval.version) later.since = interval.since
    else {
      const begun = { ...interval }
      open.set(interval.channel, begun)
      joined.push(begun)
    }
  }
  return joined
    .sort((a, b) => b.since.getTime() - a.since.getTime() || (a.channel < b.channel ? -1 : 1))
    .map(({ channel, version, since, until }) => ({
      channel,
      ...(version === null ? {} : { version }),
      since: since.toISOString(),
      ...(until === null ? {} : { until: until.toISOString() }),
    }))
}

interface Row extends StoredVerdict {
  readonly channel: string
  readonly component: number
  readonly advisory: string
  readonly score: number | null
  readonly published: Date | null
  readonly exploited: boolean
}

async function cvesOf(
  db: Database,
  attribute: string,
  current: readonly Interval[],
  facts: Awaited<ReturnType<typeof loadFacts>>,
): Promise<{ cves: PackageView['cves']; total: number }> {
  const ids = [...new Set(current.map(({ component }) => component))]
  const { rows: found } =
    await sql<Row>`select channel, component, finding.advisory, verdict, reason, fixed_in, decision,
      advisory.score, advisory.published, kev.cve is not null as exploited
    from finding join advisory on advisory.id = finding.advisory left join kev on kev.cve = finding.advisory
    where attribute = ${attribute} order by channel`.execute(db.kysely)
  const groups = groupBy(found, (row) => row.advisory).map((list) => ({ list, worst: worstOf(list) }))
  groups.sort((a, b) => byUrgency(a.worst, b.worst))
  const shown = groups.slice(0, CVES_SHOWN)
  const told = await summaries(
    db,
    shown.map(({ worst }) => worst.advisory),
  )
  const decisions = await decisionsById(
    db,
    shown.flatMap(({ worst }) => worst.decision ?? []),
  )
  const known = new Map(
    ids.map((id) => {
      const component = componentOf(facts.get(id)!)
      return [id, { component, identity: identify(component) }]
    }),
  )
  const cves = shown.map(({ list, worst }) => {
    const { advisory, summary } = told.get(worst.advisory)!
    const { component, identity } = known.get(worst.component)!
    const evidence = explain(component, advisory, decisions.get(worst.decision ?? 0), identity)
    const named = (row: Row) => {
      const of = known.get(row.component)!.component
      return { ...row, attribute, version: of.version ?? null, pname: of.pname ?? null }
    }
    return { ...summary, match: packageMatch(list.map(named), named(worst), evidence) }
  })
  return { cves, total: groups.length }
}

/** Known exploited, then by score, then the newest. */
function byUrgency(a: Row, b: Row): number {
  return (
    URGENCY[a.verdict] - URGENCY[b.verdict] ||
    Number(b.exploited) - Number(a.exploited) ||
    (b.score ?? -1) - (a.score ?? -1) ||
    (b.published?.getTime() ?? 0) - (a.published?.getTime() ?? 0) ||
    (a.advisory < b.advisory ? -1 : 1)
  )
}
