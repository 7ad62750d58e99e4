import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { openFeedRecords } from '@firn/advisories'
import { type PackageEntry, readPackageSet } from '@firn/nix'
import type { Database } from '../src/db/database.ts'
import { beginIngestion, finishIngestion, type IngestionRequest } from '../src/domain/ingestion.ts'
import { endEvaluation, putPackages } from '../src/domain/ingestPackages.ts'
import { putRecords } from '../src/domain/ingestRecords.ts'
import { type IncomingRecord, type RecordSource, readRecord } from '../src/domain/record.ts'

const folder = new URL('../sample/', import.meta.url).pathname

/** The bundled sample's real records, at most so many. */
export async function sampleRecords(limit = Number.POSITIVE_INFINITY): Promise<IncomingRecord[]> {
  const source = await openFeedRecords(`${folder}2024-10-24_delta_CVEs_sample.zip`, 'cve')
  const records: IncomingRecord[] = []
  for await (const record of source.read()) {
    if (records.length >= limit) break
    if ('bytes' in record) records.push(readRecord('cve', record.bytes))
  }
  source.close()
  return records
}

/** The package set of one of the sample's channels. */
export async function samplePackages(channel: string): Promise<PackageEntry[]> {
  const bytes = gunzipSync(readFileSync(`${folder}packages-${channel}.json.gz`))
  const packages: PackageEntry[] = []
  for await (const entry of readPackageSet(chunk(bytes))) if (!('error' in entry)) packages.push(entry)
  return packages
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

let digests = 0

/** A request with a digest of its own. */
export function request(kind: IngestionRequest['kind'], more: Partial<IngestionRequest> = {}): IngestionRequest {
  return { kind, origin: `${kind}-file`, digest: `digest-${digests++}`, ...more }
}

/** Bring records in as one file, in batches of `size`. */
export async function importRecords(db: Database, records: readonly IncomingRecord[], size = 500) {
  const ingestion = await beginIngestion(db, request(records[0]?.source ?? 'cve'))
  for (let from = 0; from < records.length; from += size) {
    await putRecords(db, ingestion, { records: records.slice(from, from + size), cursor: String(from + size) })
  }
  return finishIngestion(db, ingestion)
}

/** Bring a channel's package set in as one file, in batches of `size`. */
export async function importPackages(
  db: Database,
  channel: string,
  packages: readonly PackageEntry[],
  size = 1_000,
  revision?: string,
) {
  const more = revision === undefined ? { channel } : { channel, revision }
  const ingestion = await beginIngestion(db, request('packages', more))
  for (let from = 0; from < packages.length; from += size) {
    await putPackages(db, ingestion, { packages: packages.slice(from, from + size), cursor: String(from + size) })
  }
  return endEvaluation(db, ingestion, { acceptShrinking: true })
}

/** A package as a channel has it. */
export function packageOf(attribute: string, version: string, more: Partial<PackageEntry> = {}): PackageEntry {
  return {
    attribute,
    name: `${attribute}-${version}`,
    pname: attribute,
    version,
    system: 'x86_64-linux',
    homepages: [],
    licences: [],
    maintainers: [],
    knownVulnerabilities: [],
    cpes: [],
    purls: [],
    ...more,
  }
}

/** A record made for a test: `product` of the vendor of the same name is affected below `fixed`. */
export function cveRecord(
  id: string,
  product: string,
  fixed: string,
  more: object = {},
  updated = '2024-06-01T00:00:00Z',
) {
  return record('cve', {
    dataType: 'CVE_RECORD',
    dataVersion: '5.1',
    cveMetadata: {
      cveId: id,
      state: 'PUBLISHED',
      datePublished: '2024-05-01T00:00:00Z',
      dateUpdated: updated,
      assignerShortName: 'mitre',
    },
    containers: {
      cna: {
        providerMetadata: { orgId: 'x', shortName: 'mitre' },
        title: `A flaw in ${product}`,
        descriptions: [{ lang: 'en', value: `A flaw in ${product} before ${fixed}.` }],
        affected: [
          {
            vendor: product,
            product,
            defaultStatus: 'unaffected',
            versions: [{ version: '0', lessThan: fixed, status: 'affected', versionType: 'custom' }],
          },
        ],
        references: [{ url: `https://example.org/${id}` }],
        ...more,
      },
    },
  })
}

export function rejectedRecord(id: string, replacedBy: readonly string[] = [], updated = '2024-07-01T00:00:00Z') {
  return record('cve', {
    dataType: 'CVE_RECORD',
    dataVersion: '5.1',
    cveMetadata: { cveId: id, state: 'REJECTED', dateUpdated: updated },
    containers: { cna: { rejectedReasons: [{ lang: 'en', value: 'A duplicate.' }], replacedBy } },
  })
}

export function osvRecord(id: string, aliases: readonly string[], name: string, fixed: string, more: object = {}) {
  return record('osv', {
    schema_version: '1.6.0',
    id,
    modified: '2024-06-02T00:00:00Z',
    aliases,
    summary: `A flaw in ${name}`,
    affected: [
      {
        package: { ecosystem: 'PyPI', name },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
    ...more,
  })
}

export function nvdRecord(id: string, vendor: string, product: string, fixed: string) {
  return record('nvd', {
    vulnerabilities: [
      {
        cve: {
          id,
          published: '2024-05-01T00:00:00.000',
          lastModified: '2024-06-03T00:00:00.000',
          vulnStatus: 'Analyzed',
          descriptions: [{ lang: 'en', value: 'As NVD says it.' }],
          configurations: [
            {
              nodes: [
                {
                  operator: 'OR',
                  negate: false,
                  cpeMatch: [
                    {
                      vulnerable: true,
                      criteria: `cpe:2.3:a:${vendor}:${product}:*:*:*:*:*:*:*:*`,
                      versionEndExcluding: fixed,
                      matchCriteriaId: '0',
                    },
                  ],
                },
              ],
            },
          ],
        },
      },
    ],
    version: '2.0',
    format: 'NVD_CVE',
    timestamp: '2024-06-03T00:00:00.000',
  })
}

export function record(source: RecordSource, document: object): IncomingRecord {
  return readRecord(source, Buffer.from(JSON.stringify(document)))
}
