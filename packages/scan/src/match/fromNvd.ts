import type { NvdRecord } from '@firn/advisories'
import { cpeStatements } from './cpeStatements.ts'
import { clip, nonEmpty, optional } from './fields.ts'
import type { Advisory } from './model.ts'
import { commitsOf } from './references.ts'

/** Reduce a CVE of NVD's API 2.0: its configurations are statements of NVD. */
export function advisoryFromNvd(record: NvdRecord): Advisory {
  const rejected = record.vulnStatus === 'Rejected'
  const description = record.descriptions?.find((text) => text.lang?.startsWith('en'))?.value
  const urls = (record.references ?? []).flatMap((reference) => reference.url ?? [])
  return {
    id: record.id,
    aliases: [],
    statements: rejected
      ? []
      : (record.configurations ?? []).flatMap((configuration, c) =>
          cpeStatements(configuration.nodes ?? [], 'nvd', 'nvd@nist.gov', `configurations[${c}]`),
        ),
    ...(rejected ? { rejected: true as const } : {}),
    ...optional({
      description: clip(description),
      fixes: nonEmpty(commitsOf(urls)),
      published: record.published,
      updated: record.lastModified,
    }),
  }
}
