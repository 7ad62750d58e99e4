import { type Advisory, applyRuling, decide, Rulings, sharedRuling } from '@firn/scan'
import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'
import { rows } from '../db/write.ts'
import { componentOf, type Facts } from './component.ts'
import { type DecisionRow, fromRow } from './storedDecision.ts'

/** What may have changed: decisions on these attributes, or these advisories, or (nothing named) anything. */
export interface Cause {
  readonly attributes?: readonly string[]
  readonly advisories?: readonly string[]
}

/**
 * Derive anew which verdicts decisions change, in the transaction that changes decisions, packages or advisories.
 * Decisions are few: without one on the matter this is one query.
 */
export async function renewRuled(tx: Tx, cause: Cause): Promise<void> {
  const attributes = await concerned(tx, cause)
  if (attributes.length === 0) return
  const list = attributes.map((attribute) => ({ attribute }))
  await sql`delete from ruled using component, ${rows(list)} as t(attribute text)
    where ruled.component = component.id and component.attribute = t.attribute`.execute(tx)
  const { rows: decisions } = await sql<DecisionRow>`select decision.*, expires::text as until from decision
    join ${rows(list)} as t(attribute text) using (attribute) order by id`.execute(tx)
  const { rows: packages } = await sql<Package>`select presence.channel, component, facts from presence
    join ${rows(list)} as t(attribute text) using (attribute) join component on component.id = presence.component
    where until is null`.execute(tx)
  const advisories = await advisoriesOf(tx, decisions)
  const { rows: days } = await sql<{ today: string }>`select current_date::text as today`.execute(tx)
  const today = days[0]!.today
  const ruled = packages.flatMap((each) => ruledOf(each, decisions, advisories, today))
  await sql`insert into ruled (channel, component, advisory, decision, verdict, reason, fixed_in, expires)
    select channel, component, advisory, decision, verdict, reason, fixed_in, expires from ${rows(ruled)}
      as t(channel text, component integer, advisory text, decision integer, verdict text, reason text, fixed_in text,
        expires date)`.execute(tx)
}

/** Attributes with decisions that the cause touches; those with an expired ruling always. */
async function concerned(tx: Tx, { attributes, advisories }: Cause): Promise<string[]> {
  const isAll = attributes === undefined && advisories === undefined
  const { rows: found } = await sql<{ attribute: string }>`
    with touched as materialized (select id from ${rows((advisories ?? []).map((id) => ({ id })))} as t(id text)),
      named as materialized (select name from ${rows((attributes ?? []).map((name) => ({ name })))} as t(name text))
    select distinct attribute from decision where ${isAll}::boolean or attribute in (select name from named)
      or vulnerability in (select id from touched union select alias from alias join touched on advisory = id)
    union select attribute from ruled join component on component.id = component where expires <= current_date`.execute(
    tx,
  )
  return found.map(({ attribute }) => attribute)
}

interface Package {
  readonly channel: string
  readonly component: number
  readonly facts: string
}

async function advisoriesOf(tx: Tx, decisions: readonly DecisionRow[]): Promise<Advisory[]> {
  const ids = [...new Set(decisions.map(({ vulnerability }) => vulnerability))].map((id) => ({ id }))
  const { rows: found } = await sql<{ body: string }>`select body from advisory where id in (
    select id from ${rows(ids)} as t(id text)
    union select advisory from alias join ${rows(ids)} as t(id text) on alias.alias = t.id)`.execute(tx)
  return found.map(({ body }) => JSON.parse(body) as Advisory)
}

function ruledOf(
  { channel, component, facts }: Package,
  decisions: readonly DecisionRow[],
  advisories: readonly Advisory[],
  today: string,
) {
  const known = componentOf(JSON.parse(facts) as Facts)
  const ofHere = decisions
    .map(fromRow)
    .filter((decision) => decision.channel === undefined || decision.channel === channel)
  const rulings = ofHere.map((decision) => ({ ...sharedRuling(decision, ''), decision }))
  const active = new Rulings(rulings, today)
  return advisories.flatMap((advisory) => {
    const ruling = active.about(advisory, known) as (typeof rulings)[number] | undefined
    if (ruling === undefined) return []
    const { verdict, reason, fixedIn } = applyRuling(decide(known, advisory), ruling).decision
    if (verdict === 'different_product') return []
    return {
      channel,
      component,
      advisory: advisory.id,
      decision: ruling.decision.id,
      verdict,
      reason: reason ?? null,
      fixed_in: fixedIn?.slice(0, 200) ?? null,
      expires: ruling.until ?? null,
    }
  })
}
