import { openFeedRecords, parseCveRecord } from '@firn/advisories'
import { UserError } from '@firn/core'
import { type Advisory, advisoryFromCve } from '@firn/scan'

/**
 * The advisories of these CVEs, by id, from a folder, a file or a zip (the bulk release too); the other records are not
 * parsed. An id that has no record there is a UserError.
 */
export async function readAdvisories(ids: ReadonlySet<string>, path: string): Promise<ReadonlyMap<string, Advisory>> {
  const advisories = new Map<string, Advisory>()
  const records = await openFeedRecords(path, 'cve')
  try {
    for await (const entry of records.read()) {
      const id = /CVE-\d{4}-\d+/.exec(entry.name)?.[0]
      if (id === undefined || !ids.has(id)) continue
      if ('error' in entry) throw entry.error
      advisories.set(id, advisoryFromCve(parseCveRecord(entry.bytes).record))
    }
  } finally {
    records.close()
  }
  for (const id of ids) {
    if (!advisories.has(id)) throw new UserError(`${path}: there is no record of ${id}`, 'give its record too')
  }
  return advisories
}
