import type { KevEntry } from '@firn/advisories'
import type { Advisory } from '@firn/scan'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { componentOf } from './component.ts'
import { cveDetails } from './cveDetails.ts'
import { decisionsById } from './decisions.ts'
import { explain } from './explain.ts'
import { loadFacts } from './matching.ts'
import { type RecordSource, unpackRecord } from './record.ts'
import { type StoredVerdict, summaryOf, URGENCY } from './summary.ts'
import type { CveView, PackageMatch } from './views.ts'

/** So many packages of a CVE are shown; a page of thousands helps nobody. */
const MATCHES_SHOWN = 100

interface Head {
  readonly body: string
  readonly kev: string | null
  readonly score: number | null
  readonly percentile: number | null
  readonly scored: string | null
}

/** All about one vulnerability: its records are read anew, its verdicts explained anew by the matcher. */
export async function readCve(db: Database, id: string): Promise<CveView | undefined> {
  const { rows: found } = await sql<Head>`select body, kev.entry as kev, epss.score, percentile, scored from advisory
    left join kev on kev.cve = advisory.id left join epss on epss.cve = advisory.id
    where advisory.id = ${id}`.execute(db.kysely)
  const head = found[0]
  if (head === undefined) return undefined
  const advisory = JSON.parse(head.body) as Advisory
  const records = await recordsOf(db, id)
  const details = cveDetails(records.map(({ source, raw }) => unpackRecord(source, raw)))
  const { matches, total } = await matchesOf(db, advisory)
  return {
    ...summaryOf(advisory, head.kev !== null, head.score),
    ...details,
    state: advisory.rejected ? 'REJECTED' : 'PUBLISHED',
    replacedBy: advisory.replacedBy ?? [],
    aliases: advisory.aliases,
    statements: advisory.statements,
    ...(advisory.updated === undefined ? {} : { updated: advisory.updated }),
    ...(head.kev === null ? {} : { kev: kevOf(JSON.parse(head.kev) as KevEntry) }),
    ...(head.score === null || head.percentile === null || head.scored === null
      ? {}
      : { epssDetail: { score: head.score, percentile: head.percentile, date: head.scored } }),
    matches,
    matchesTotal: total,
    records: records.map(({ source, id: record, imported }) => ({
      source,
      id: record,
      imported: imported.toISOString(),
    })),
  }
}

interface StoredRecord {
  readonly source: RecordSource
  readonly id: string
  readonly raw: Uint8Array
  readonly imported: Date
}

async function recordsOf(db: Database, id: string): Promise<readonly StoredRecord[]> {
  // Array comparisons, not joins: the planner takes the index whatever it believes of the table's size.
  const { rows: found } = await sql<StoredRecord>`select source, id, raw, imported from record
    where source in ('cve', 'nvd') and id = ${id}
    union all
    select source, id, raw, imported from record
    where source = 'osv' and id = any (array(select osv_advisory.record from osv_advisory where advisory = ${id}))
    order by source, id`.execute(db.kysely)
  return found
}

function kevOf(entry: KevEntry): NonNullable<CveView['kev']> {
  const { dateAdded, dueDate, requiredAction, ransomware, notes } = entry
  return { dateAdded, dueDate, requiredAction, ransomware, notes }
}

interface Row extends StoredVerdict {
  readonly component: number
  readonly attribute: string
  readonly pname: string | null
  readonly version: string | null
  readonly channel: string
}

async function matchesOf(db: Database, advisory: Advisory): Promise<{ matches: PackageMatch[]; total: number }> {
  const { rows: found } = await sql<Row>`select component, verdict, reason, fixed_in, decision,
      finding.attribute, pname, version, channel
    from finding join component on component.id = finding.component
    where advisory = ${advisory.id} order by channel`.execute(db.kysely)
  const groups = groupBy(found, (row) => row.attribute).map((list) => ({ list, worst: worstOf(list) }))
  groups.sort(
    (a, b) => URGENCY[a.worst.verdict] - URGENCY[b.worst.verdict] || (a.worst.attribute < b.worst.attribute ? -1 : 1),
  )
  const shown = groups.slice(0, MATCHES_SHOWN)
  const facts = await loadFacts(db.kysely, new Set(shown.map(({ worst }) => worst.component)))
  const decisions = await decisionsById(
    db,
    shown.flatMap(({ worst }) => worst.decision ?? []),
  )
  const matches = shown.map(({ list, worst }) => {
    const component = componentOf(facts.get(worst.component)!)
    return packageMatch(list, worst, explain(component, advisory, decisions.get(worst.decision ?? 0)))
  })
  return { matches, total: groups.length }
}

/** One package over its channels: the verdict is the worst, and the evidence is for that. */
export function packageMatch(list: readonly Row[], worst: Row, evidence: PackageMatch['evidence']): PackageMatch {
  return {
    attribute: worst.attribute,
    ...(worst.pname === null ? {} : { pname: worst.pname }),
    channels: list.map(({ channel, version, verdict, reason }) => ({
      channel,
      verdict,
      ...(version === null ? {} : { version }),
      ...(reason === null ? {} : { reason }),
    })),
    verdict: worst.verdict,
    ...(worst.reason === null ? {} : { reason: worst.reason }),
    evidence,
    ...(worst.fixed_in === null ? {} : { fixedIn: worst.fixed_in }),
  }
}

export function worstOf<T extends StoredVerdict>(list: readonly T[]): T {
  return list.reduce((worst, row) => (URGENCY[row.verdict] < URGENCY[worst.verdict] ? row : worst))
}

export function groupBy<T>(list: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return [...groups.values()]
}
