import type { ColumnType, Generated } from 'kysely'

/** A moment: read as a Date, written as ISO 8601 or a Date. */
type Moment = ColumnType<Date, Date | string, Date | string>

/** The tables, as Kysely sees them; migrations/ makes them and says what each is for. */
export interface Tables {
  readonly state: { version: number; matcher: string; churn: number }
  readonly record: {
    source: string
    id: string
    digest: string
    raw: Uint8Array
    updated: Moment | null
    imported: Moment
  }
  readonly osv_advisory: { advisory: string; record: string }
  readonly advisory: {
    id: string
    body: string
    digest: string
    published: Moment | null
    score: number | null
    rejected: boolean
    search: string
  }
  readonly advisory_name: { name: string; advisory: string }
  readonly alias: { alias: string; advisory: string }
  readonly kev: { cve: string; entry: string }
  readonly epss: { cve: string; score: number; percentile: number; scored: string }
  readonly component: {
    id: Generated<number>
    digest: string
    attribute: string
    pname: string | null
    version: string | null
    facts: string
    live: boolean
    search: string
  }
  readonly component_name: { name: string; component: number }
  readonly evaluation: {
    id: Generated<number>
    channel: string
    revision: string | null
    imported: Moment
    packages: number
    added: number
    changed: number
    removed: number
  }
  readonly presence: { channel: string; attribute: string; component: number; since: number; until: number | null }
  readonly staged: { ingestion: number; attribute: string; component: number }
  readonly store_path: { path: string; component: number; seen: Moment }
  readonly match: {
    component: number
    advisory: string
    verdict: string
    reason: string | null
    fixed_in: string | null
  }
  readonly feed: {
    name: string
    kind: string | null
    url: string | null
    stale_after_hours: number | null
    last_attempt: Moment | null
    last_success: Moment | null
    error: string | null
    error_at: Moment | null
    newest: Moment | null
    records: number
    etag: string | null
    last_modified: string | null
    failures: number
  }
  readonly ingestion: {
    id: Generated<number>
    kind: string
    origin: string
    digest: string
    channel: string | null
    revision: string | null
    feed: string | null
    state: string
    claim: string | null
    claimed_until: Moment | null
    started: Moment
    finished: Moment | null
    cursor: string | null
    done: number
    total: number | null
    counts: Record<string, number>
    newest: Moment | null
    error: string | null
  }
  readonly aside: { id: Generated<number>; origin: string; name: string; error: string; at: Moment }
  readonly decision: {
    id: Generated<number>
    vulnerability: string
    attribute: string
    versions: string | null
    channel: string | null
    status: string
    justification: string | null
    statement: string | null
    author: string
    created: Moment
    expires: string | null
  }
  readonly ruled: {
    channel: string
    component: number
    advisory: string
    decision: number
    verdict: string
    reason: string | null
    fixed_in: string | null
    expires: string | null
  }
}
