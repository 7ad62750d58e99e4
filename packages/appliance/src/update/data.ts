import { UserError } from '@firn/core'
import type { DataWords, EntryWords } from '../slots/entry.ts'

/** What to do about a system that does not open it. */
export const BOTH = 'build it with --data-size and --pcr-key, as the systems before it'

/** What is known of a system: which one it is, and which data it opens. */
type Opening = Pick<EntryWords, 'counter' | 'opens'>

/**
 * Whether the data that one system has will be open to the next. `newKey`: the owner wants another key to sign PCR 11 from
 * here on, and has the recovery key at hand. Errors: the data would stay closed, or not be mounted at all.
 */
export function checkData(before: Opening, { counter, opens }: Opening, newKey = false): void {
  const had = before.opens
  if (had === undefined) return
  const what = `partition ${had.partition}, which system ${before.counter} opens`
  if (opens?.partition !== had.partition) throw new UserError(`update ${counter} does not open ${what}`, BOTH)
  if (opens.pcrKey === had.pcrKey || newKey) return
  throw new UserError(
    `the TPM would not open ${what}, to update ${counter}: ${short(opens)} signed its PCR 11, not ${short(had)}`,
    'build it with the --pcr-key of the system before; or, with the recovery key at hand, say --new-pcr-key',
  )
}

/** As much of a key as people compare. */
function short({ pcrKey }: DataWords): string {
  return `key ${pcrKey.slice(0, 16)}…`
}
