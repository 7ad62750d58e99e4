import type { CpeMatch, CveAffected, CveContainer, CveRecord, CveVersion, NvdRecord, OsvRecord } from '@firn/advisories'
import { cpeField } from '../identify/names.ts'
import type { Advisory, Statement, StatementSource, Status, VersionRow } from './model.ts'
import { severityOf } from './severity.ts'

/** Descriptions are kept for what their first sentences say: what it is, and on which platform. */
const DESCRIPTION = 400
/** More rows of one product than this are enumerations of builds; the index would carry them for nothing. */
const MOST_ROWS = 2_000

/** Reduce a CVE record (JSON 5.x). A REJECTED record gives no statements, but says what replaced it. */
export function advisoryFromCve(record: CveRecord): Advisory {
  const { cveId, state, datePublished, dateUpdated } = record.cveMetadata
  const { cna, adp = [] } = record.containers
  if (state === 'REJECTED') {
    return {
      id: cveId,
      aliases: [],
      statements: [],
      rejected: true,
      ...optional({ replacedBy: nonEmpty(cna.replacedBy ?? []), updated: dateUpdated }),
    }
  }
  const containers = [cna, ...adp]
  const references = containers.flatMap((container) => container.references ?? [])
  const urls = references.flatMap((reference) => reference.url ?? [])
  const fixes = references
    .filter((reference) => reference.tags?.includes('patch'))
    .flatMap((reference) => reference.url ?? [])
  return {
    id: cveId,
    aliases: idsIn(
      urls.filter((url) => /\/(security\/)?advisories\/|osv\.dev|pkg\.go\.dev\/vuln|rustsec\.org/.test(url)),
    ).filter((id) => id !== cveId),
    statements: [
      ...containerStatements(
        cna,
        'cna',
        'containers.cna',
        providerOf(cna, record.cveMetadata.assignerShortName ?? ''),
        repositoryOf(cna),
      ),
      ...adp.flatMap((container, i) =>
        containerStatements(container, 'adp', `containers.adp[${i}]`, providerOf(container, 'adp')),
      ),
    ],
    ...optional({
      title: cna.title,
      description: clip(english(cna)),
      fixes: nonEmpty(commitsOf([...fixes, ...urls])),
      tags: nonEmpty([...new Set(containers.flatMap((container) => container.tags ?? []))]),
      severity: severityOf(containers),
      published: datePublished,
      updated: dateUpdated,
    }),
  }
}

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
          nodesStatements(configuration.nodes ?? [], 'nvd', 'nvd@nist.gov', `configurations[${c}]`),
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
      published: record.published,
      updated: record.modified,
    }),
  }
}

/**
 * Join what several records say of one vulnerability. The order of the list does not matter: statements are sorted by
 * source. A CVE record's rejection silences all; an OSV record's withdrawal only itself.
 */
export function mergeAdvisories(advisories: readonly Advisory[]): Advisory {
  const sorted = [...advisories].sort((a, b) => rank(a) - rank(b) || compareText(JSON.stringify(a), JSON.stringify(b)))
  const first = sorted[0]
  if (first === undefined) throw new RangeError('mergeAdvisories: nothing to merge')
  if (sorted.length === 1) return first
  const rejected = sorted.some(
    (advisory) => advisory.rejected && advisory.id.startsWith('CVE-') && advisory.aliases.length === 0,
  )
  const dates = sorted.flatMap((advisory) => advisory.updated ?? []).sort()
  const pick = <K extends 'title' | 'description' | 'severity' | 'published'>(key: K) =>
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
      tags: nonEmpty(union(sorted.map((advisory) => advisory.tags))),
      severity: pick('severity'),
      published: pick('published'),
      updated: dates.at(-1),
      replacedBy: nonEmpty(union(sorted.map((advisory) => advisory.replacedBy))),
    }),
  }
}

const SOURCE_RANK: Record<StatementSource, number> = { cna: 0, osv: 2, nvd: 3, 'cpe-applicability': 3, adp: 4 }
const rank = (advisory: Advisory) => SOURCE_RANK[advisory.statements[0]?.source ?? 'cna']
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function containerStatements(
  container: CveContainer,
  source: 'cna' | 'adp',
  at: string,
  provider: string,
  repo?: string,
): Statement[] {
  return [
    ...(container.affected ?? []).map((affected, i) =>
      affectedStatement(affected, source, provider, `${at}.affected[${i}]`, repo),
    ),
    ...(container.cpeApplicability ?? []).flatMap((applicability, i) =>
      nodesStatements(applicability.nodes ?? [], 'cpe-applicability', provider, `${at}.cpeApplicability[${i}]`),
    ),
  ]
}

function affectedStatement(
  affected: CveAffected,
  source: 'cna' | 'adp',
  provider: string,
  at: string,
  repo: string | undefined,
): Statement {
  return {
    source,
    provider,
    versions: (affected.versions ?? []).slice(0, MOST_ROWS).map(versionRow),
    at,
    ...optional({
      vendor: affected.vendor,
      product: affected.product,
      packageName: affected.packageName,
      collectionUrl: affected.collectionURL,
      purl: affected.packageURL?.split(/[@?#]/)[0],
      repo: affected.repo ?? repo,
      cpes: nonEmpty(affected.cpes ?? []),
      platforms: nonEmpty(affected.platforms ?? []),
      defaultStatus: affected.defaultStatus,
    }),
  }
}

function versionRow(version: CveVersion): VersionRow {
  const changes = (version.changes ?? []).flatMap(({ at, status }) =>
    at === undefined || status === undefined ? [] : [{ at, status }],
  )
  return {
    status: version.status ?? 'unknown',
    ...optional({
      version: version.version,
      lessThan: version.lessThan,
      lessThanOrEqual: version.lessThanOrEqual,
      changes: nonEmpty(changes),
      scheme: version.versionType?.toLowerCase(),
    }),
  }
}

interface CpeNode {
  readonly negate?: boolean
  readonly operator?: string
  readonly cpeMatch?: readonly CpeMatch[]
}

/** One statement a product: each vulnerable match is a row. What only runs beside it (`vulnerable: false`) is no product. */
function nodesStatements(
  nodes: readonly CpeNode[],
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

const providerOf = (container: CveContainer, otherwise: string) => container.providerMetadata?.shortName ?? otherwise

/** The repository whose own security page carries the advisory: GitHub's records have no `repo`. */
function repositoryOf(cna: CveContainer): string | undefined {
  const repos = new Set<string>()
  for (const { url } of cna.references ?? []) {
    const repo = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/security\/advisories\/GHSA-/i.exec(url ?? '')?.[1]
    if (repo !== undefined) repos.add(repo)
  }
  return repos.size === 1 ? `https://github.com/${[...repos][0]}` : undefined
}

function english(container: CveContainer): string | undefined {
  return (
    container.descriptions?.find((text) => text.lang?.toLowerCase().startsWith('en')) ?? container.descriptions?.[0]
  )?.value
}

function clip(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= DESCRIPTION) return text
  const cut = text.slice(0, DESCRIPTION)
  const space = cut.lastIndexOf(' ')
  return `${space > DESCRIPTION / 2 ? cut.slice(0, space) : cut} …`
}

const ID =
  /\b(CVE-\d{4}-\d{4,19}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|GO-\d{4}-\d{4,}|RUSTSEC-\d{4}-\d{4}|PYSEC-\d{4}-\d+)\b/gi

/** Ids of vulnerabilities in texts, in their usual case. */
export function idsIn(texts: Iterable<string>): string[] {
  const ids = new Set<string>()
  for (const text of texts) {
    for (const [id] of text.matchAll(ID))
      ids.add(/^ghsa/i.test(id) ? `GHSA${id.slice(4).toLowerCase()}` : id.toUpperCase())
  }
  return [...ids]
}

/** Commit ids that URLs of commits, patches and pulls carry. */
function commitsOf(urls: Iterable<string>): string[] {
  const commits = new Set<string>()
  for (const url of urls) {
    const commit = /(?:\/commits?\/|[?;&](?:h|id|p)=|\/c\/|\/\+\/|\/rev\/)([0-9a-f]{7,64})\b/i.exec(url)?.[1]
    if (commit !== undefined) commits.add(commit.toLowerCase())
  }
  return [...commits]
}

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)

/** The entries that are there: `exactOptionalPropertyTypes` tells absent from undefined, and so does the index's size. */
function optional<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
