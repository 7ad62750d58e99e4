import type { OsvRecord } from '@firn/advisories'
import { clip, MOST_ROWS, nonEmpty, optional } from './fields.ts'
import type { Advisory, Statement, VersionRow } from './model.ts'
import { commitsOf } from './references.ts'
import { severityOf } from './severity.ts'

/** Reduce an OSV record. Its id becomes an alias when it names a CVE. A withdrawn record gives no statements. */
export function advisoryFromOsv(record: OsvRecord): Advisory {
  const ids = [record.id, ...(record.aliases ?? [])]
  const id = ids.find((alias) => alias.startsWith('CVE-')) ?? record.id
  const provider = record.id.split('-')[0]!
  const withdrawn = record.withdrawn !== undefined
  const urls = (record.references ?? [])
    .filter((reference) => reference.type === 'FIX' || /\/commit\//.test(reference.url ?? ''))
    .flatMap((reference) => reference.url ?? [])
  return {
    id,
    aliases: [...new Set(ids)].filter((alias) => alias !== id),
    statements: withdrawn
      ? []
      : (record.affected ?? []).flatMap((affected, i) =>
          osvStatement(affected, provider, `${record.id} affected[${i}]`),
        ),
    ...(withdrawn ? { rejected: true as const } : {}),
    ...optional({
      title: record.summary,
      description: clip(record.details),
      fixes: nonEmpty(commitsOf(urls)),
      severity: severityOf((record.severity ?? []).map(({ score }) => ({ vector: score ?? '', provider }))),
      published: record.published,
      updated: record.modified,
    }),
  }
}

type OsvAffected = NonNullable<OsvRecord['affected']>[number]

/** Events in order: `introduced` opens a range, `fixed`, `last_affected` and `limit` close it. */
function osvStatement(affected: OsvAffected, provider: string, at: string): Statement[] {
  const rows: VersionRow[] = []
  let repo: string | undefined
  for (const range of affected.ranges ?? []) {
    if (range.type === 'GIT') repo ??= range.repo
    const scheme = range.type?.toLowerCase()
    let low: string | undefined
    for (const event of range.events ?? []) {
      const high = event.fixed ?? event.limit
      if (event.introduced !== undefined) {
        if (low !== undefined) rows.push(row(low, { lessThan: '*' }, scheme))
        low = event.introduced
      } else if (high !== undefined) {
        rows.push(row(low ?? '0', { lessThan: high }, scheme))
        low = undefined
      } else if (event.last_affected !== undefined) {
        rows.push(row(low ?? '0', { lessThanOrEqual: event.last_affected }, scheme))
        low = undefined
      }
    }
    if (low !== undefined) rows.push(row(low, { lessThan: '*' }, scheme))
  }
  if (rows.every((range) => range.scheme === 'git')) {
    for (const version of affected.versions ?? []) rows.push({ status: 'affected', version })
  }
  const { package: pack } = affected
  if (pack?.name === undefined && repo === undefined) return []
  return [
    {
      source: 'osv',
      provider,
      versions: rows.slice(0, MOST_ROWS),
      at,
      defaultStatus: 'unaffected',
      ...optional({ packageName: pack?.name, ecosystem: pack?.ecosystem, purl: pack?.purl?.split(/[@?#]/)[0], repo }),
    },
  ]
}

const row = (
  version: string,
  end: { lessThan: string } | { lessThanOrEqual: string },
  scheme: string | undefined,
): VersionRow => ({ status: 'affected', version, ...end, ...optional({ scheme }) })
