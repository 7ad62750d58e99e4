import { nonEmpty, optional } from './fields.ts'
import type { Advisory, StatementSource } from './model.ts'

/**
 * Join what several records say of one vulnerability. The order of the list does not matter: statements are sorted by
 * source. A CVE record's rejection silences all; an OSV record's withdrawal only itself.
 */
export function mergeAdvisories(advisories: readonly Advisory[]): Advisory {
  const sorted = [...advisories].sort((a, b) => rank(a) - rank(b) || compareText(JSON.stringify(a), JSON.stringify(b)))
  const first = sorted.find(({ id }) => id.startsWith('CVE-')) ?? sorted[0]
  if (first === undefined) throw new RangeError('mergeAdvisories: nothing to merge')
  if (sorted.length === 1) return first
  const rejected = sorted.some(
    (advisory) => advisory.rejected && advisory.id.startsWith('CVE-') && advisory.aliases.length === 0,
  )
  const dates = sorted.flatMap((advisory) => advisory.updated ?? []).sort()
  const pick = <K extends 'title' | 'description' | 'severity' | 'published' | 'registry' | 'kev' | 'epss'>(key: K) =>
    sorted.find((advisory) => advisory[key] !== undefined)?.[key]
  const union = (lists: readonly (readonly string[] | undefined)[]) =>
    [...new Set(lists.flatMap((list) => list ?? []))].sort()
  return {
    id: first.id,
    aliases: union([...sorted.map((advisory) => advisory.aliases), sorted.map((advisory) => advisory.id)]).filter(
      (id) => id !== first.id,
    ),
    statements: rejected ? [] : sorted.flatMap((advisory) => advisory.statements),
    ...(rejected ? { rejected: true as const } : {}),
    ...optional({
      title: pick('title'),
      description: pick('description'),
      fixes: nonEmpty(union(sorted.map((advisory) => advisory.fixes))),
      repositories: nonEmpty(union(sorted.map((advisory) => advisory.repositories))),
      registry: pick('registry'),
      fixedVersions: nonEmpty(union(sorted.map((advisory) => advisory.fixedVersions))),
      tags: nonEmpty(union(sorted.map((advisory) => advisory.tags))),
      severity: pick('severity'),
      kev: pick('kev'),
      epss: pick('epss'),
      published: pick('published'),
      updated: dates.at(-1),
      replacedBy: nonEmpty(union(sorted.map((advisory) => advisory.replacedBy))),
    }),
  }
}

const SOURCE_RANK: Record<StatementSource, number> = { cna: 0, osv: 2, nvd: 3, 'cpe-applicability': 3, adp: 4, text: 5 }
const rank = (advisory: Advisory) => SOURCE_RANK[advisory.statements[0]?.source ?? 'cna']
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
