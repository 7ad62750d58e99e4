import type { KevEntry } from '@firn/advisories'
import type { Advisory } from '@firn/scan'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { componentOf, type Facts } from './component.ts'
import { cveDetails } from './cveDetails.ts'
import { decisionsById, listDecisions } from './decisions.ts'
import { explain } from './explain.ts'
import { type RecordSource, toldMoment, unpackRecord } from './record.ts'
import { type StoredVerdict, summaryOf, URGENCY } from './summary.ts'
import type { CveView, PackageMatch } from './views.ts'

/** So many packages of a CVE are shown; a page of thousands helps nobody. */
const MATCHES_SHOWN = 100

/** What the function `cve_page` answers. */
interface Page {
  readonly body: string
  readonly records: readonly { source: RecordSource; id: string; raw: string; imported: string }[] | null
  readonly findings: readonly Row[] | null
  /** By component id. */
  readonly facts: Readonly<Record<string, string>> | null
  readonly kev: string | null
  readonly epss: NonNullable<CveView['epssDetail']> | null
}

interface Row extends StoredVerdict {
  readonly component: number
  readonly attribute: string
  readonly pname: string | null
  readonly version: string | null
  readonly channel: string
}

/** All about one vulnerability: its records are read anew, its verdicts explained anew by the matcher. */
export async function readCve(db: Database, id: string): Promise<CveView | undefined> {
  const { rows: found } = await sql<{ page: Page | null }>`select cve_page(${id}) as page`.execute(db.kysely)
  const page = found[0]?.page
  if (page === undefined || page === null) return undefined
  const advisory = JSON.parse(page.body) as Advisory
  const records = page.records ?? []
  const details = cveDetails(records.map(({ source, raw }) => unpackRecord(source, Buffer.from(raw, 'base64'))))
  const { matches, total } = await matchesOf(db, advisory, page)
  const updated = toldMoment(advisory.updated)
  return {
    ...summaryOf(advisory, page.kev !== null, page.epss?.score ?? null),
    ...details,
    state: advisory.rejected ? 'REJECTED' : 'PUBLISHED',
    replacedBy: advisory.replacedBy ?? [],
    aliases: advisory.aliases,
    statements: advisory.statements,
    ...(updated === undefined ? {} : { updated }),
    ...(page.kev === null ? {} : { kev: kevOf(JSON.parse(page.kev) as KevEntry) }),
    ...(page.epss === null ? {} : { epssDetail: page.epss }),
    matches,
    matchesTotal: total,
    decisions: await listDecisions(db, { vulnerabilities: [advisory.id, ...advisory.aliases] }),
    records: records.map(({ source, id: record, imported }) => ({
      source,
      id: record,
      imported: new Date(imported).toISOString(),
    })),
  }
}

function kevOf(entry: KevEntry): NonNullable<CveView['kev']> {
  const { dateAdded, dueDate, requiredAction, ransomware, notes } = entry
  return { dateAdded, dueDate, requiredAction, ransomware, notes }
}

async function matchesOf(
  db: Database,
  advisory: Advisory,
  { findings, facts }: Page,
): Promise<{ matches: PackageMatch[]; total: number }> {
  const groups = groupBy(findings ?? [], (row) => row.attribute).map((list) => ({ list, worst: worstOf(list) }))
  groups.sort(
    (a, b) => URGENCY[a.worst.verdict] - URGENCY[b.worst.verdict] || (a.worst.attribute < b.worst.attribute ? -1 : 1),
  )
  const shown = groups.slice(0, MATCHES_SHOWN)
  const decisions = await decisionsById(
    db,
    shown.flatMap(({ worst }) => worst.decision ?? []),
  )
  const matches = shown.map(({ list, worst }) => {
    const component = componentOf(JSON.parse(facts![worst.component]!) as Facts)
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
