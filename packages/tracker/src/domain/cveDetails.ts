import { type CveContainer, cvssRating, scoreCvss } from '@firn/advisories'
import type { ParsedRecord } from './record.ts'
import type { CveView, Severity } from './views.ts'

/** What the records themselves say, in the words of whoever says it; the reduced advisory has the rest. */
export type CveDetails = Pick<
  CveView,
  'description' | 'severities' | 'weaknesses' | 'references' | 'assigner' | 'rejectedReason' | 'ssvc' | 'tags'
>

/** Read the details from all records of one vulnerability, the CVE record first where there is one. Pure. */
export function cveDetails(records: readonly ParsedRecord[]): CveDetails {
  const sorted = [...records].sort((a, b) => RANK[a.source] - RANK[b.source])
  const details = sorted.map(detailsOf)
  const assigner = details.find((one) => one.assigner !== undefined)?.assigner
  const rejectedReason = details.find((one) => one.rejectedReason !== undefined)?.rejectedReason
  const ssvc = details.find((one) => one.ssvc !== undefined)?.ssvc
  return {
    description: details.map((one) => one.description).find((text) => text !== '') ?? '',
    severities: distinct(
      details.flatMap((one) => one.severities),
      ({ provider, vector }) => `${provider} ${vector}`,
    ),
    weaknesses: distinct(
      details.flatMap((one) => one.weaknesses),
      ({ id, name }) => id ?? name,
    ),
    references: distinct(
      details.flatMap((one) => one.references),
      ({ url }) => url,
    ),
    tags: [...new Set(details.flatMap((one) => one.tags))],
    ...(assigner === undefined ? {} : { assigner }),
    ...(rejectedReason === undefined ? {} : { rejectedReason }),
    ...(ssvc === undefined ? {} : { ssvc }),
  }
}

const RANK = { cve: 0, nvd: 1, osv: 2 } as const

function detailsOf(parsed: ParsedRecord): CveDetails {
  switch (parsed.source) {
    case 'cve':
      return ofCve(parsed.record)
    case 'nvd':
      return ofNvd(parsed.record)
    case 'osv':
      return ofOsv(parsed.record)
  }
}

function ofCve({ cveMetadata, containers }: Extract<ParsedRecord, { source: 'cve' }>['record']): CveDetails {
  const all = [containers.cna, ...(containers.adp ?? [])]
  const rejectedReason = english(containers.cna.rejectedReasons)
  const ssvc = ssvcOf(all)
  return {
    description: english(containers.cna.descriptions) ?? '',
    severities: all.flatMap((container) => containerSeverities(container, cveMetadata.assignerShortName)),
    weaknesses: all
      .flatMap((container) => container.problemTypes ?? [])
      .flatMap((type) => type.descriptions ?? [])
      .map(({ cweId, description }) => weakness(cweId, description ?? cweId ?? 'not said')),
    references: all
      .flatMap((container) => container.references ?? [])
      .map(({ url, name, tags }) => ({ url, tags: tags ?? [], ...(name === undefined ? {} : { name }) })),
    tags: all.flatMap((container) => container.tags ?? []),
    ...(cveMetadata.assignerShortName === undefined ? {} : { assigner: cveMetadata.assignerShortName }),
    ...(rejectedReason === undefined ? {} : { rejectedReason }),
    ...(ssvc === undefined ? {} : { ssvc }),
  }
}

function containerSeverities(container: CveContainer, otherwise = 'CNA'): Severity[] {
  const provider = container.providerMetadata?.shortName ?? otherwise
  return (container.metrics ?? [])
    .flatMap(({ cvssV4_0, cvssV3_1, cvssV3_0, cvssV2_0 }) => [cvssV4_0, cvssV3_1, cvssV3_0, cvssV2_0])
    .flatMap((cvss) => severity(provider, cvss?.vectorString))
}

/** CISA's answers: `other.type` is `ssvc`, `content.options` a list of objects of one key each. */
function ssvcOf(containers: readonly CveContainer[]): Readonly<Record<string, string>> | undefined {
  const content = containers.flatMap((container) => container.metrics ?? []).find(({ other }) => other?.type === 'ssvc')
    ?.other?.content
  const options = (content as { options?: unknown } | null | undefined)?.options
  if (!Array.isArray(options)) return undefined
  const answers = options
    .flatMap((option) => (typeof option === 'object' && option !== null ? Object.entries(option) : []))
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return answers.length === 0 ? undefined : Object.fromEntries(answers)
}

function ofNvd(record: Extract<ParsedRecord, { source: 'nvd' }>['record']): CveDetails {
  const { metrics } = record
  const scores = [metrics?.cvssMetricV40, metrics?.cvssMetricV31, metrics?.cvssMetricV30, metrics?.cvssMetricV2]
  return {
    description: english(record.descriptions) ?? '',
    severities: scores
      .flatMap((list) => list ?? [])
      .flatMap(({ source, cvssData }) => severity(source ?? 'NVD', cvssData?.vectorString)),
    weaknesses: (record.weaknesses ?? [])
      .flatMap(({ description }) => description ?? [])
      .map(({ value }) => weakness(/^CWE-\d+$/.test(value) ? value : undefined, value)),
    references: (record.references ?? []).map(({ url, tags }) => ({ url, tags: tags ?? [] })),
    tags: (record.cveTags ?? []).flatMap(({ tags }) => tags ?? []),
  }
}

function ofOsv(record: Extract<ParsedRecord, { source: 'osv' }>['record']): CveDetails {
  const provider = record.id.split('-')[0]!
  return {
    description: record.details ?? record.summary ?? '',
    severities: (record.severity ?? []).flatMap(({ score }) => severity(provider, score)),
    weaknesses: [],
    references: (record.references ?? []).map(({ url, type }) => ({
      url,
      tags: type === undefined ? [] : [type.toLowerCase()],
    })),
    tags: [],
    ...(record.withdrawn === undefined ? {} : { rejectedReason: `${record.id} was withdrawn` }),
  }
}

function severity(provider: string, vector: string | undefined): Severity[] {
  const scored = vector === undefined ? undefined : scoreCvss(vector)
  if (vector === undefined || scored === undefined) return []
  const { version, score } = scored
  return [{ provider, version, vector, score, rating: cvssRating(score, version) }]
}

function weakness(id: string | undefined, name: string): CveView['weaknesses'][number] {
  return { name, ...(id === undefined ? {} : { id }) }
}

function english(texts: readonly { readonly lang?: string; readonly value: string }[] = []): string | undefined {
  return (texts.find(({ lang }) => lang?.toLowerCase().startsWith('en')) ?? texts[0])?.value
}

function distinct<T>(list: readonly T[], key: (item: T) => string): T[] {
  const seen = new Map<string, T>()
  for (const item of list) if (!seen.has(key(item))) seen.set(key(item), item)
  return [...seen.values()]
}
