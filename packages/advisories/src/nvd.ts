import { UserError } from '@firn/core'
import { CPE_APPLICABILITY, type CpeApplicability, CVE_ID } from './cve-record.ts'
import { isObject, parseJsonObject, records, strings, text } from './json.ts'

/** A vulnerability as the NVD's API 2.0 gives it, reduced to what is used. */
export interface NvdRecord {
  readonly id: string
  readonly sourceIdentifier: string
  readonly published: string
  readonly lastModified: string
  /** `Analyzed`, `Modified`, `Awaiting Analysis`, `Rejected`… */
  readonly vulnStatus: string
  readonly tags: readonly string[]
  readonly description: string
  readonly metrics: readonly { readonly source: string; readonly vector: string }[]
  readonly weaknesses: readonly string[]
  readonly configurations: readonly CpeApplicability[]
  readonly references: readonly { readonly url: string; readonly tags: readonly string[] }[]
}

/** A page of the API, or a yearly feed of a mirror: the same shape. */
export interface NvdPage {
  readonly timestamp: string
  readonly totalResults?: number
  readonly startIndex?: number
  readonly records: readonly NvdRecord[]
  /** Entries that are no CVE. */
  readonly skipped: number
}

/** Read one page or feed. Errors: not JSON, not NVD's, a format other than 2.0. */
export function parseNvdPage(source: string | Uint8Array): NvdPage {
  const json = parseJsonObject(source, 'NVD page')
  if (!Array.isArray(json.vulnerabilities)) throw new UserError('not an NVD page', 'it has a list of vulnerabilities')
  if (json.version !== undefined && !/^2\./.test(text(json.version))) {
    throw new UserError(`NVD format ${text(json.version)} is not known`, '2.x is; the feeds of 1.1 ended in 2023')
  }
  const entries = records(json.vulnerabilities).flatMap((entry) => (isObject(entry.cve) ? nvdRecord(entry.cve) : []))
  return {
    timestamp: text(json.timestamp),
    ...(typeof json.totalResults === 'number' && { totalResults: json.totalResults }),
    ...(typeof json.startIndex === 'number' && { startIndex: json.startIndex }),
    records: entries,
    skipped: json.vulnerabilities.length - entries.length,
  }
}

function nvdRecord(cve: Readonly<Record<string, unknown>>): NvdRecord[] {
  const id = text(cve.id)
  if (!CVE_ID.test(id)) return []
  return [
    {
      id,
      sourceIdentifier: text(cve.sourceIdentifier),
      published: text(cve.published),
      lastModified: text(cve.lastModified),
      vulnStatus: text(cve.vulnStatus),
      tags: records(cve.cveTags).flatMap((tag) => strings(tag.tags)),
      description: text(records(cve.descriptions).find((entry) => entry.lang === 'en')?.value),
      metrics: Object.values(isObject(cve.metrics) ? cve.metrics : {})
        .flatMap(records)
        .flatMap(metric),
      weaknesses: records(cve.weaknesses).flatMap((entry) =>
        records(entry.description).map((each) => text(each.value)),
      ),
      configurations: CPE_APPLICABILITY(cve.configurations ?? [], 'configurations', []) ?? [],
      references: records(cve.references).map((entry) => ({ url: text(entry.url), tags: strings(entry.tags) })),
    },
  ]
}

function metric(entry: Readonly<Record<string, unknown>>): { source: string; vector: string }[] {
  const vector = isObject(entry.cvssData) ? text(entry.cvssData.vectorString) : ''
  return vector === '' ? [] : [{ source: text(entry.source), vector }]
}
