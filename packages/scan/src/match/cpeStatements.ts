import type { CpeConfiguration, CpeMatch } from '@firn/advisories'
import { cpeField } from '../identify/cpe.ts'
import { optional } from './fields.ts'
import type { Statement, StatementSource, VersionRow } from './model.ts'

/** One statement a product: each vulnerable match is a row. What only runs beside it (`vulnerable: false`) is no product. */
export function cpeStatements(
  nodes: NonNullable<CpeConfiguration['nodes']>,
  source: StatementSource,
  provider: string,
  at: string,
): Statement[] {
  const byProduct = new Map<string, { cpe: string; at: string; rows: VersionRow[] }>()
  for (const [n, node] of nodes.entries()) {
    if (node.negate) continue
    for (const [m, match] of (node.cpeMatch ?? []).entries()) {
      if (match.vulnerable === false || match.criteria === undefined) continue
      const vendor = cpeField(match.criteria, 'vendor')
      const product = cpeField(match.criteria, 'product')
      if (product === undefined) continue
      const edition = cpeField(match.criteria, 'swEdition') ?? cpeField(match.criteria, 'edition') ?? ''
      const key = `${vendor} ${product} ${edition} ${cpeField(match.criteria, 'targetSw') ?? ''}`
      const known = byProduct.get(key)
      if (known !== undefined) known.rows.push(matchRow(match))
      else byProduct.set(key, { cpe: match.criteria, at: `${at}.nodes[${n}].cpeMatch[${m}]`, rows: [matchRow(match)] })
    }
  }
  return [...byProduct.values()].map(({ cpe, at: where, rows }) => ({
    source,
    provider,
    cpes: [cpe],
    versions: rows,
    at: where,
    ...optional({ vendor: cpeField(cpe, 'vendor'), product: cpeField(cpe, 'product') }),
  }))
}

function matchRow(match: CpeMatch): VersionRow {
  const exact = cpeField(match.criteria ?? '', 'version')
  const update = cpeField(match.criteria ?? '', 'update')
  const ends = { lessThan: match.versionEndExcluding, lessThanOrEqual: match.versionEndIncluding }
  const bounded = match.versionStartIncluding ?? match.versionStartExcluding ?? ends.lessThan ?? ends.lessThanOrEqual
  if (bounded === undefined)
    return { status: 'affected', version: exact === undefined ? '*' : `${exact}${update ?? ''}` }
  return {
    status: 'affected',
    ...optional({
      version:
        match.versionStartIncluding ??
        (match.versionStartExcluding === undefined && bounded !== undefined ? '0' : undefined),
      above: match.versionStartExcluding,
      ...ends,
      ...(ends.lessThan === undefined && ends.lessThanOrEqual === undefined ? { lessThan: '*' } : {}),
    }),
  }
}
