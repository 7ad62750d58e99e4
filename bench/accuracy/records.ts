import { openFeedRecords, parseCveRecord, parseOsvRecord } from '@firn/advisories'
import { UserError } from '@firn/core'
import { type Advisory, advisoryFromCve, advisoryFromOsv } from '@firn/scan'

/**
 * The advisories of these ids, by id, from a folder, a file or a zip (the bulk releases too); the other records are not
 * parsed. CVE ids are those of CVE records, any other (`GO-2022-1039`) is of OSV's. An id that has no record there is a
 * UserError.
 */
export async function readAdvisories(ids: ReadonlySet<string>, path: string): Promise<ReadonlyMap<string, Advisory>> {
  const advisories = new Map<string, Advisory>()
  const kind = [...ids].every((id) => id.startsWith('CVE-')) ? 'cve' : 'osv'
  const records = await openFeedRecords(path, kind)
  try {
    for await (const entry of records.read()) {
      const id = /(?:CVE|GO|GHSA|PYSEC|RUSTSEC)-[\w-]+(?=\.json)/.exec(entry.name)?.[0]
      if (id === undefined || !ids.has(id)) continue
      if ('error' in entry) throw entry.error
      const { bytes } = entry
      advisories.set(
        id,
        kind === 'cve' ? advisoryFromCve(parseCveRecord(bytes).record) : advisoryFromOsv(parseOsvRecord(bytes).record),
      )
    }
  } finally {
    records.close()
  }
  for (const id of ids) {
    if (!advisories.has(id)) throw new UserError(`${path}: there is no record of ${id}`, 'give its record too')
  }
  return advisories
}
