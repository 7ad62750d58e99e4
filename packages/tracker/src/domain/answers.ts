import {
  type Advisory,
  advisorySummary,
  applyRuling,
  candidateNames,
  inMemory,
  type MatchData,
  Matcher,
  type MatchRequest,
  type MatchResponse,
  Rulings,
} from '@firn/scan'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { rows } from '../db/write.ts'
import type { Facts } from './component.ts'
import { listDecisions, rulingOf } from './decisions.ts'
import { loadAdvisories } from './matching.ts'

/**
 * What scanners ask, for things that are in no channel: the same matcher over the same advisories, with the decisions
 * of this tracker. Nothing of a question is kept.
 */
export async function answerMatch(db: Database, { components, all }: MatchRequest): Promise<MatchResponse> {
  const names = [...new Set(components.flatMap(candidateNames))].map((name) => ({ name }))
  const { rows: found } = await sql<{ advisory: string }>`select distinct advisory from advisory_name
    join ${rows(names)} as t(name text) using (name)`.execute(db.kysely)
  const advisories = await loadAdvisories(
    db.kysely,
    found.map(({ advisory }) => advisory),
  )
  const urgent = await withUrgency(db, advisories)
  const matcher = new Matcher(inMemory(urgent.values()))
  const rulings = new Rulings((await listDecisions(db)).map(rulingOf), new Date().toISOString().slice(0, 10))
  const matches = components.flatMap((component, i) =>
    matcher.match(component).flatMap(({ advisory, decision: matched }) => {
      const ruling = rulings.about(advisory, component)
      const decision = ruling === undefined ? matched : applyRuling(matched, ruling).decision
      const isWanted = all || decision.verdict === 'affected' || decision.verdict === 'undetermined'
      return isWanted ? [{ component: i, advisory: advisorySummary(advisory), decision }] : []
    }),
  )
  return { advisories: await dataOf(db), matches }
}

/** These advisories with what KEV and EPSS say of them. */
export async function withUrgency(
  db: Database,
  advisories: ReadonlyMap<string, Advisory>,
): Promise<Map<string, Advisory>> {
  const ids = [...advisories.keys()].map((id) => ({ id }))
  const { rows: found } = await sql<{
    id: string
    kev: string | null
    score: number | null
    percentile: number | null
  }>`select t.id, kev.entry as kev, epss.score, percentile from ${rows(ids)} as t(id text)
    left join kev on kev.cve = t.id left join epss on epss.cve = t.id
    where kev.cve is not null or epss.cve is not null`.execute(db.kysely)
  const urgent = new Map(advisories)
  for (const { id, kev, score, percentile } of found) {
    const entry = kev === null ? undefined : (JSON.parse(kev) as { dateAdded: string; ransomware: boolean })
    urgent.set(id, {
      ...advisories.get(id)!,
      ...(entry === undefined
        ? {}
        : { kev: { dateAdded: entry.dateAdded, ...(entry.ransomware ? { ransomware: true as const } : {}) } }),
      ...(score === null || percentile === null ? {} : { epss: { score, percentile } }),
    })
  }
  return urgent
}

/** How much there is and how old. KEV and EPSS are no advisories: that they are fresh says nothing of the rest. */
export async function dataOf(db: Database): Promise<MatchData> {
  const { rows: found } = await sql<{ records: number; updated: Date | null; newest: Date | null }>`select
      (select count(*)::int from record) as records,
      greatest((select max(finished) from ingestion where state = 'done' and kind in ('cve', 'nvd', 'osv')),
        (select max(last_success) from feed where kind in ('cve', 'nvd', 'osv'))) as updated,
      (select max(updated) from record) as newest`.execute(db.kysely)
  const { records, updated, newest } = found[0]!
  return {
    records,
    updated: (updated ?? new Date(0)).toISOString(),
    ...(newest === null ? {} : { newest: newest.toISOString() }),
  }
}

/** What the package sets say of a store path. */
export interface ResolvedPath {
  readonly path: string
  readonly attribute: string
  readonly name: string
  readonly pname?: string
  readonly version?: string
  readonly cpes: readonly string[]
  readonly purls: readonly string[]
  readonly patches?: readonly string[]
}

/** Output and derivation paths that came in as lines of nix-eval-jobs, to what they are; unknown paths are left out. */
export async function resolvePaths(db: Database, paths: readonly string[]): Promise<readonly ResolvedPath[]> {
  const wanted = [...new Set(paths)].map((path) => ({ path }))
  const { rows: found } = await sql<{ path: string; facts: string }>`select store_path.path, facts from store_path
    join ${rows(wanted)} as t(path text) on store_path.path = t.path
    join component on component.id = store_path.component order by store_path.path`.execute(db.kysely)
  return found.map(({ path, facts }) => {
    const { attribute, name, pname, version, cpes, purls, patches } = JSON.parse(facts) as Facts
    return {
      path,
      attribute,
      name,
      ...(pname === undefined ? {} : { pname }),
      ...(version === undefined ? {} : { version }),
      cpes,
      purls,
      ...(patches === undefined ? {} : { patches }),
    }
  })
}
