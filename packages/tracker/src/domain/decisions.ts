import { UserError } from '@firn/core'
import { isVersionScope, type RulingStatus, type SharedDecision, sharedRuling } from '@firn/scan'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { plain, write } from '../db/write.ts'
import { renewRuled } from './ruled.ts'
import { type DecisionRow, fromRow, type StoredDecision } from './storedDecision.ts'

const STATUSES: readonly RulingStatus[] = ['not_affected', 'affected', 'fixed', 'under_investigation']

/** OpenVEX 0.2.0, "Status Justifications". */
const JUSTIFICATIONS = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
]

/** A decision as it is asked for; the moment it is made is the database's. */
export type NewDecision = Omit<SharedDecision, 'created'>

export interface Decided {
  readonly decision: StoredDecision
  /** How many packages of how many channels it speaks of now, each with each: none for a misspelt attribute. */
  readonly holds: number
}

/**
 * Write a decision down, for good: the table takes no change and no removal. Verdicts and pages follow in the same
 * transaction. UserError for one that makes no sense, or that does not say why something is not affected.
 */
export async function addDecision(db: Database, asked: NewDecision): Promise<Decided> {
  const decision = Object.fromEntries(
    Object.entries(asked)
      .map(([key, value]) => [key, plain(String(value)).trim()])
      .filter(([key, value]) => value !== '' || key === 'attribute' || key === 'author'),
  ) as unknown as NewDecision
  check(decision)
  const { vulnerability, attribute, versions, channel, status, justification, statement, author, expires } = decision
  return write(db, async (tx) => {
    const { rows: made } = await sql<DecisionRow>`insert into decision
      (vulnerability, attribute, versions, channel, status, justification, statement, author, created, expires) values
      (${vulnerability}, ${attribute}, ${versions ?? null}, ${channel ?? null}, ${status}, ${justification ?? null},
       ${statement ?? null}, ${author}, now(), ${expires ?? null}::date) returning *, expires::text as until`.execute(
      tx,
    )
    await renewRuled(tx, { attributes: [attribute] })
    const decided = fromRow(made[0]!)
    const { rows: found } = await sql<{ holds: number }>`select count(*)::int as holds from ruled
      where decision = ${decided.id}`.execute(tx)
    return { decision: decided, holds: found[0]!.holds }
  })
}

/** All decisions, or those on an attribute or on any of these ids, oldest first: expired and outdone ones too. */
export async function listDecisions(
  db: Database,
  about: { readonly attribute?: string; readonly vulnerabilities?: readonly string[] } = {},
): Promise<readonly StoredDecision[]> {
  const { attribute, vulnerabilities = [] } = about
  const conditions = [
    ...(attribute === undefined ? [] : [sql`attribute = ${attribute}`]),
    ...(vulnerabilities.length === 0 ? [] : [sql`vulnerability in (${sql.join(vulnerabilities)})`]),
  ]
  const only = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`
  const { rows: found } =
    await sql<DecisionRow>`select *, expires::text as until from decision ${only} order by id`.execute(db.kysely)
  return found.map(fromRow)
}

/** Decisions as the matcher's rulings. */
export function rulingOf(decision: StoredDecision) {
  return sharedRuling(decision, `decision ${decision.id} by ${decision.author}`)
}

/** The decisions with these ids. */
export async function decisionsById(db: Database, ids: Iterable<number>): Promise<ReadonlyMap<number, StoredDecision>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const { rows: found } = await sql<DecisionRow>`select *, expires::text as until from decision
    where id in (${sql.join(wanted)})`.execute(db.kysely)
  return new Map(found.map((row) => [row.id, fromRow(row)]))
}

const LIMITS = {
  vulnerability: 100,
  attribute: 200,
  versions: 200,
  channel: 200,
  statement: 4_000,
  author: 200,
} as const

function check(decision: NewDecision): void {
  const { vulnerability, attribute, versions, status, justification, statement, author, expires } = decision
  for (const [key, limit] of Object.entries(LIMITS)) {
    const value = decision[key as keyof typeof LIMITS]
    if (value !== undefined && value.length > limit) throw refused(`${key} is longer than ${limit} characters`)
  }
  if (!/^[A-Z][A-Za-z0-9]*-[A-Za-z0-9-]+$/.test(vulnerability))
    throw refused(`"${vulnerability}" is no id of a vulnerability`)
  if (attribute === '' || author === '') throw refused('it has no attribute or no author')
  if (versions !== undefined && !isVersionScope(versions)) throw refused(`"${versions}" is no range of versions`)
  if (!STATUSES.includes(status)) throw refused(`"${status}" is no status of VEX`)
  if (justification !== undefined && !JUSTIFICATIONS.includes(justification)) {
    throw refused(`"${justification}" is no justification of OpenVEX`)
  }
  if (status === 'not_affected' && justification === undefined && (statement ?? '') === '') {
    throw refused('it does not say why it is not affected')
  }
  if (expires !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires)))) {
    throw refused(`"${expires}" is no day`)
  }
}

function refused(why: string): UserError {
  return new UserError(
    `this decision cannot be taken: ${why}`,
    'give vulnerability, attribute, status, author, and for not_affected a justification or statement',
  )
}
