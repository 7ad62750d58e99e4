import type { NvdRecord } from '@firn/advisories'
import { statementNames } from '../identify/names.ts'
import { cpeStatements } from './cpeStatements.ts'
import { clip, nonEmpty, optional } from './fields.ts'
import type { Advisory } from './model.ts'
import { commitsOf, registryOf } from './references.ts'
import { severityOf } from './severity.ts'

/** Reduce a CVE of NVD's API 2.0: its configurations are statements of NVD. */
export function advisoryFromNvd(record: NvdRecord): Advisory {
  const rejected = record.vulnStatus === 'Rejected'
  const description = record.descriptions?.find((text) => text.lang?.startsWith('en'))?.value
  const urls = (record.references ?? []).flatMap((reference) => reference.url ?? [])
  const { cvssMetricV40 = [], cvssMetricV31 = [], cvssMetricV30 = [], cvssMetricV2 = [] } = record.metrics ?? {}
  const vectors = [...cvssMetricV40, ...cvssMetricV31, ...cvssMetricV30, ...cvssMetricV2].map((metric) => ({
    vector: metric.cvssData.vectorString,
    provider: metric.source ?? 'nvd@nist.gov',
  }))
  const statements = rejected
    ? []
    : (record.configurations ?? []).flatMap((configuration, c) =>
        cpeStatements(configuration, 'nvd', 'nvd@nist.gov', `configurations[${c}]`),
      )
  return {
    id: record.id,
    aliases: [],
    statements,
    ...(rejected ? { rejected: true as const } : {}),
    ...optional({
      description: clip(description),
      fixes: nonEmpty(commitsOf(urls)),
      registry: registryOf(urls, new Set(statements.flatMap(statementNames))),
      severity: severityOf(vectors),
      published: record.published,
      updated: record.lastModified,
    }),
  }
}
