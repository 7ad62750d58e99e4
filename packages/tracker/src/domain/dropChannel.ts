import { EXIT, UserError } from '@firn/core'
import { sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import { rows, write } from '../db/write.ts'
import { retire } from './ingestPackages.ts'
import { tidy } from './tidy.ts'

/**
 * Forget a channel: its packages, their history, its place in the status; decisions stay. A UserError for one that is
 * not here, or that is being imported. Gives how many packages it had.
 */
export async function dropChannel(db: Database, channel: string): Promise<number> {
  const packages = await write(db, async (tx) => {
    await checkDroppable(tx, channel)
    const { rows: dropped } = await sql<{ component: number; now: boolean }>`delete from presence
      where channel = ${channel} returning component, until is null as now`.execute(tx)
    for (const table of ['ruled', 'evaluation']) {
      await sql`delete from ${sql.table(table)} where channel = ${channel}`.execute(tx)
    }
    const { rows: staged } = await sql<{
      component: number
    }>`delete from staged using ingestion where ingestion.id = staged.ingestion
      and ingestion.channel = ${channel} returning staged.component`.execute(tx)
    // What was staged is gone: whoever brings the same file again begins at its beginning.
    await sql`update ingestion set state = 'failed', finished = now(), cursor = null, done = 0, counts = '{}',
      error = coalesce(error, 'given up: the channel was dropped') where channel = ${channel} and state <> 'done'`.execute(
      tx,
    )
    await sql`delete from feed where name = ${`channel ${channel}`}`.execute(tx)
    await retire(tx)
    // Nobody's history needs them any more; those whose store paths are known can still be asked about.
    const ids = [...new Set([...dropped, ...staged].map(({ component }) => component))].map((id) => ({ id }))
    await sql`delete from component using ${rows(ids)} as t(id integer) where component.id = t.id and not live
      and not exists (select 1 from presence where presence.component = component.id)
      and not exists (select 1 from staged where staged.component = component.id)
      and not exists (select 1 from store_path where store_path.component = component.id)`.execute(tx)
    await sql`update state set churn = churn + ${2 * dropped.length}::int`.execute(tx)
    return dropped.filter(({ now }) => now).length
  })
  await tidy(db)
  return packages
}

async function checkDroppable(tx: Tx, channel: string): Promise<void> {
  const { rows: known } = await sql<{ name: string }>`select distinct channel as name from evaluation
    order by channel`.execute(tx)
  if (!known.some(({ name }) => name === channel)) {
    const names = known.map(({ name }) => name).join(', ')
    throw new UserError(
      `there is no channel '${channel}'`,
      names === '' ? 'there are none yet' : `choose from: ${names}`,
    )
  }
  const { rows: busy } = await sql`select 1 from ingestion where channel = ${channel} and state = 'running'
    and claimed_until > now()`.execute(tx)
  if (busy.length > 0) throw new UserError(`${channel} is being imported`, 'wait until that is done', EXIT.store)
}
