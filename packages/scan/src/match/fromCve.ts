import type { CveAffected, CveContainer, CveRecord, CveVersion } from '@firn/advisories'
import { cpeStatements } from './cpeStatements.ts'
import { clip, nonEmpty, optional } from './fields.ts'
import type { Advisory, Statement, VersionRow } from './model.ts'
import { commitsOf, idsIn, repositoryOf } from './references.ts'
import { severityOf } from './severity.ts'

/** More rows of one product than this are enumerations of builds; the index would carry them for nothing. */
export const MOST_ROWS = 2_000

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
        repositoryOf((cna.references ?? []).flatMap((reference) => reference.url ?? [])),
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
      cpeStatements(applicability.nodes ?? [], 'cpe-applicability', provider, `${at}.cpeApplicability[${i}]`),
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

const providerOf = (container: CveContainer, otherwise: string) => container.providerMetadata?.shortName ?? otherwise

function english(container: CveContainer): string | undefined {
  return (
    container.descriptions?.find((text) => text.lang?.toLowerCase().startsWith('en')) ?? container.descriptions?.[0]
  )?.value
}
