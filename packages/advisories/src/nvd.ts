import { UserError } from '@firn/core'
import { configuration } from './cpe-applicability.ts'
import { anything, type Dirt, type Infer, list, noDirt, number, object, parseJson, string } from './shape.ts'

const metric = list(
  object(
    { source: string, type: string },
    { cvssData: object({ version: string, baseScore: number, baseSeverity: string }, { vectorString: string }) },
  ),
)

const text = object({ lang: string }, { value: string })

const record = object(
  {
    sourceIdentifier: string,
    /** `Analyzed`, `Modified`, `Awaiting Analysis`, `Rejected`… */
    vulnStatus: string,
    published: string,
    lastModified: string,
    cveTags: list(object({ sourceIdentifier: string, tags: list(string) })),
    descriptions: list(text),
    metrics: object({ cvssMetricV2: metric, cvssMetricV30: metric, cvssMetricV31: metric, cvssMetricV40: metric }),
    weaknesses: list(object({ source: string, type: string, description: list(text) })),
    configurations: list(configuration),
    references: list(object({ source: string, tags: list(string) }, { url: string })),
    cisaExploitAdd: string,
    cisaActionDue: string,
    cisaRequiredAction: string,
    cisaVulnerabilityName: string,
    vendorComments: anything,
  },
  { id: string },
)

/** A vulnerability as the NVD's API 2.0 gives it, in the JSON's own shape. */
export type NvdRecord = Infer<typeof record>

/** A page of the API, or a yearly feed of a mirror: the same shape. */
export interface NvdPage {
  readonly timestamp?: string
  /** Of all pages of the answer, and where this one begins among them. */
  readonly totalResults?: number
  readonly startIndex?: number
  readonly records: readonly NvdRecord[]
  /** Entries that are no CVE. */
  readonly skipped: number
  readonly dirt: Dirt
}

const envelope = object({ version: string, timestamp: string, totalResults: number, startIndex: number })

/** Read one page of the API (nvd.nist.gov, format 2.0). Errors: not JSON, not NVD's, a format other than 2. */
export function parseNvdPage(input: Uint8Array | string): NvdPage {
  const dirt = noDirt()
  const document = parseJson(input, dirt, 'NVD page')
  const entries = (document as { vulnerabilities?: unknown } | null)?.vulnerabilities
  const head = envelope(document, dirt, 'page')
  if (head === undefined || !Array.isArray(entries)) {
    throw new UserError('this JSON is no NVD page', 'a page of the API 2.0 has a list of vulnerabilities')
  }
  if (head.version !== undefined) checkNvdVersion(head.version)
  const records = entries.flatMap((entry) => readNvdEntry(entry, dirt) ?? [])
  const { timestamp, totalResults, startIndex } = head
  return {
    ...(timestamp !== undefined && { timestamp }),
    ...(totalResults !== undefined && { totalResults }),
    ...(startIndex !== undefined && { startIndex }),
    records,
    skipped: entries.length - records.length,
    dirt,
  }
}

/** One entry of `vulnerabilities`; undefined when it is no CVE. */
function readNvdEntry(entry: unknown, dirt: Dirt): NvdRecord | undefined {
  const read = record((entry as { cve?: unknown } | null)?.cve, dirt, 'cve')
  return read !== undefined && /^CVE-[0-9]{4}-[0-9]{4,19}$/.test(read.id) ? read : undefined
}

function checkNvdVersion(version: string): void {
  if (/^2\./.test(version)) return
  const said = version.slice(0, 40)
  throw new UserError(`NVD format ${said} is not known`, '2.x is; the feeds of 1.1 ended in 2023')
}
