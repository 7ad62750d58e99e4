import type { CpeConfiguration, CpeMatch, CpeNode } from '@firn/advisories'
import { cpeField } from '../identify/cpe.ts'
import { nonEmpty, optional } from './fields.ts'
import type { Statement, StatementSource, VersionRow } from './model.ts'

/**
 * One statement a product: each vulnerable match is a row. What only runs beside it (`vulnerable: false`) is no product;
 * a system that must (`AND`) is the platform.
 */
export function cpeStatements(
  { nodes = [], operator }: CpeConfiguration,
  source: StatementSource,
  provider: string,
  at: string,
): Statement[] {
  const platforms = operator === 'AND' ? nodes.flatMap(systemsBeside) : []
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
    ...optional({
      vendor: cpeField(cpe, 'vendor'),
      product: cpeField(cpe, 'product'),
      platforms: nonEmpty(platforms),
    }),
  }))
}

/** The operating systems of a node that names nothing vulnerable: `windows`, `macos`. */
function systemsBeside({ cpeMatch = [] }: CpeNode): string[] {
  const isBeside = cpeMatch.every(({ vulnerable, criteria = '' }) => {
    return vulnerable === false && cpeField(criteria, 'part') === 'o'
  })
  return isBeside ? cpeMatch.flatMap(({ criteria = '' }) => cpeField(criteria, 'product') ?? []) : []
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
