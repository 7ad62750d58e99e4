import type { OsvRecord } from '@firn/advisories'
import { clip, MOST_ROWS, nonEmpty, optional } from './fields.ts'
import { asGoModule } from './goModule.ts'
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
      : (record.affected ?? []).flatMap((affected, i, all) =>
          osvStatement(affected, provider, `${record.id} affected[${i}]`).map((statement) =>
            asGoModule(
              statement,
              all.map(({ package: pack }) => pack?.name ?? ''),
            ),
          ),
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
  for (const range of customRanges(affected) ?? affected.ranges ?? []) {
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

/**
 * Go's database has versions of modules alone in `ranges`; where they are not those of the releases, these stand in
 * `ecosystem_specific.custom_ranges`.
 */
function customRanges({ ecosystem_specific: specific }: OsvAffected): OsvAffected['ranges'] {
  const ranges = (specific as { readonly custom_ranges?: unknown } | undefined)?.custom_ranges
  if (!Array.isArray(ranges)) return undefined
  const read = ranges.slice(0, MOST_ROWS).flatMap((range: unknown) => {
    const events = (range as { readonly events?: unknown } | null)?.events
    if (!Array.isArray(events)) return []
    return [{ type: 'ECOSYSTEM' as const, events: events.slice(0, MOST_ROWS).flatMap(eventOf) }]
  })
  return read.length === 0 ? undefined : read
}

function eventOf(event: unknown): { readonly introduced?: string; readonly fixed?: string }[] {
  const { introduced, fixed } = (event ?? {}) as { readonly introduced?: unknown; readonly fixed?: unknown }
  if (typeof introduced === 'string') return [{ introduced }]
  return typeof fixed === 'string' ? [{ fixed }] : []
}

const row = (
  version: string,
  end: { lessThan: string } | { lessThanOrEqual: string },
  scheme: string | undefined,
): VersionRow => ({ status: 'affected', version, ...end, ...optional({ scheme }) })
