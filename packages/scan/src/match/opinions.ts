import type { Decision, ReasonCode, Statement, StatementSource } from './model.ts'

/** What one statement says of the component. */
export interface Opinion extends Decision {
  readonly source: StatementSource
  /** Vendor and product as written: statements that share them speak of one thing. */
  readonly key: string
  /** A row of the statement names the version as unaffected. */
  readonly listed?: true
}

/** Who is asked first: the authority of the record, then package databases, then analysts, then words. */
const RANKS: readonly (readonly StatementSource[])[] = [
  ['cna'],
  ['osv'],
  ['nvd', 'cpe-applicability'],
  ['adp'],
  ['text'],
]
/** Reasons that say the statement is silent, so that another may speak. */
export const SILENT: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'no_ranges',
  'git_ranges_only',
  'status_unknown',
  'incomparable_versions',
])

/**
 * The opinion of the best source that decides; who comes after it is not asked. Within one, a version that is listed as
 * unaffected is so; else affected weighs more than unclear, and that more than not affected.
 */
export function joinOpinions<T extends { readonly statement: Pick<Statement, 'source'> }>(
  asked: readonly T[],
  opinionOf: (each: T) => Opinion,
): Decision {
  if (asked.length === 1) return decision(opinionOf(asked[0]!))
  let unclear: Opinion | undefined
  for (const sources of RANKS) {
    const said = asked.filter(({ statement }) => sources.includes(statement.source)).map(opinionOf)
    const listed = new Set(said.flatMap((opinion) => (opinion.listed ? [opinion.key] : [])))
    const affected = said.find(({ verdict, key }) => verdict === 'affected' && !listed.has(key))
    if (affected !== undefined) return decision(affected)
    const open = said.find(({ reason, key }) => reason !== undefined && !SILENT.has(reason) && !listed.has(key))
    const clear = said.find(({ verdict }) => verdict === 'not_affected')
    if (clear !== undefined && open === undefined) return decision(clear)
    unclear ??= open ?? said.find(({ verdict }) => verdict === 'undetermined')
  }
  return decision(unclear!)
}

function decision({ verdict, reason, evidence, fixedIn }: Opinion): Decision {
  return {
    verdict,
    evidence,
    ...(reason === undefined ? {} : { reason }),
    ...(fixedIn === undefined ? {} : { fixedIn }),
  }
}
