import { UserError } from '@firn/core'
import { anything, type Dirt, list, noDirt, object, parseJson, string } from './shape.ts'

/** CISA's catalogue of vulnerabilities known to be exploited. */
export interface KevCatalogue {
  readonly catalogVersion: string
  /** ISO 8601. */
  readonly dateReleased?: string
  readonly entries: readonly KevEntry[]
  /** Entries without a CVE id. */
  readonly skipped: number
  readonly dirt: Dirt
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

const vulnerability = object(
  {
    vendorProject: string,
    product: string,
    vulnerabilityName: string,
    dateAdded: string,
    shortDescription: string,
    requiredAction: string,
    dueDate: string,
    knownRansomwareCampaignUse: string,
    notes: string,
  },
  { cveID: string },
)

const catalogue = object({ dateReleased: string }, { catalogVersion: string, vulnerabilities: list(anything) })

/** Read `known_exploited_vulnerabilities.json` (cisa.gov). */
export function parseKev(input: Uint8Array | string): KevCatalogue {
  const dirt = noDirt()
  const read = catalogue(parseJson(input, dirt, 'KEV catalogue'), dirt, 'catalogue')
  if (read === undefined) {
    throw new UserError('this JSON is no KEV catalogue', 'a catalogue has catalogVersion and vulnerabilities')
  }
  const entries = read.vulnerabilities.flatMap((entry) => kevEntry(entry, dirt) ?? [])
  return {
    catalogVersion: read.catalogVersion,
    ...(read.dateReleased !== undefined && { dateReleased: read.dateReleased }),
    entries,
    skipped: read.vulnerabilities.length - entries.length,
    dirt,
  }
}

function kevEntry(entry: unknown, dirt: Dirt): KevEntry | undefined {
  const read = vulnerability(entry, dirt, 'vulnerabilities')
  if (read === undefined || !/^CVE-[0-9]{4}-[0-9]{4,19}$/.test(read.cveID)) return undefined
  return {
    cveId: read.cveID,
    vendorProject: read.vendorProject ?? '',
    product: read.product ?? '',
    name: read.vulnerabilityName ?? '',
    dateAdded: read.dateAdded ?? '',
    dueDate: read.dueDate ?? '',
    requiredAction: read.requiredAction ?? '',
    ransomware: read.knownRansomwareCampaignUse === 'Known',
    notes: (read.notes ?? '').split(/\s*;\s+/).filter((note) => note !== ''),
  }
}
