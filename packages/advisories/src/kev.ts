import { UserError } from '@firn/core'
import { parseJsonObject, records, text } from './json.ts'

/** CISA's catalogue of vulnerabilities known to be exploited. */
export interface KevCatalogue {
  readonly catalogVersion: string
  /** ISO 8601. */
  readonly dateReleased: string
  readonly entries: readonly KevEntry[]
  /** Entries without a CVE id. */
  readonly skipped: number
}

export interface KevEntry {
  readonly cveId: string
  readonly vendorProject: string
  readonly product: string
  readonly name: string
  /** Days, `2024-03-29`. */
  readonly dateAdded: string
  readonly dueDate: string
  readonly requiredAction: string
  readonly ransomware: boolean
  /** URLs, mostly. */
  readonly notes: readonly string[]
}

/** Read `known_exploited_vulnerabilities.json`. */
export function parseKev(source: string | Uint8Array): KevCatalogue {
  const json = parseJsonObject(source, 'KEV catalogue')
  if (!Array.isArray(json.vulnerabilities) || typeof json.catalogVersion !== 'string') {
    throw new UserError('not a KEV catalogue', 'it has catalogVersion and vulnerabilities')
  }
  const entries = records(json.vulnerabilities).flatMap((entry) => {
    const cveId = text(entry.cveID)
    if (!/^CVE-\d{4}-\d{4,19}$/.test(cveId)) return []
    return {
      cveId,
      vendorProject: text(entry.vendorProject),
      product: text(entry.product),
      name: text(entry.vulnerabilityName),
      dateAdded: text(entry.dateAdded),
      dueDate: text(entry.dueDate),
      requiredAction: text(entry.requiredAction),
      ransomware: entry.knownRansomwareCampaignUse === 'Known',
      notes: text(entry.notes)
        .split(' ; ')
        .map((note) => note.trim())
        .filter((note) => note !== ''),
    }
  })
  return {
    catalogVersion: json.catalogVersion,
    dateReleased: text(json.dateReleased),
    entries,
    skipped: json.vulnerabilities.length - entries.length,
  }
}
