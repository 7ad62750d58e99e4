import type { CveAffected, CveContainer, CveRecord, CveVersion } from '@firn/advisories'
import { cpeField } from '../identify/cpe.ts'
import { statementNames } from '../identify/names.ts'
import { isNamed } from './applicable.ts'
import { cpeStatements } from './cpeStatements.ts'
import { distributionOf } from './distribution.ts'
import { clip, MOST_ROWS, nonEmpty, optional } from './fields.ts'
import { statementsFromText } from './fromText.ts'
import type { Advisory, Statement, VersionRow } from './model.ts'
import { oracleProduct } from './oracle.ts'
import { commitsOf, endsNamed, fixesNamed, idsIn, registryOf, repositoriesNamed, repositoryOf } from './references.ts'
import { severityOf, vectorsOf } from './severity.ts'

/** Reduce a CVE record (JSON 5.x). A REJECTED record gives no statements, but says what replaced it. */
export function advisoryFromCve(record: CveRecord): Advisory {
  const { cveId, state, datePublished, dateUpdated, assignerShortName = '' } = record.cveMetadata
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
  const urls = containers.flatMap(urlsOf)
  const text = english(cna) ?? ''
  const fields = withEarlier(
    text,
    withoutMisread([
      ...containerStatements(
        oracleProduct(cna, assignerShortName),
        'cna',
        'containers.cna',
        providerOf(cna, assignerShortName),
        { repo: repositoryOf(urlsOf(cna)), text },
      ),
      ...adp.flatMap((container, i) =>
        containerStatements(container, 'adp', `containers.adp[${i}]`, providerOf(container, 'adp'), { text }),
      ),
    ]),
  )
  const statements = [
    ...fields,
    ...beside(
      fields.filter(saysVersions),
      statementsFromText(text, providerOf(cna, assignerShortName), 'containers.cna.descriptions'),
      text,
    ),
  ]
  const names = new Set(statements.flatMap(statementNames))
  return {
    id: cveId,
    aliases: aliasesOf(cna, urls),
    statements,
    ...optional({
      title: cna.title,
      description: clip(english(cna)),
      fixes: nonEmpty(commitsOf(urls)),
      repositories: nonEmpty(repositoriesNamed(names, urls)),
      registry: registryOf(urls, names),
      fixedVersions: nonEmpty([...misplacedFixes(statements, text), ...fixedInList(cna, assignerShortName)]),
      tags: nonEmpty([...new Set(containers.flatMap((container) => container.tags ?? []))]),
      severity: severityOf(vectorsOf(containers)),
      published: datePublished,
      updated: dateUpdated,
    }),
  }
}

/** Analysts take the fix, which the authority lists as unaffected, for what is affected: such a row says nothing. */
function withoutMisread(statements: readonly Statement[]): Statement[] {
  const fixes = new Set(
    statements.flatMap(({ source, versions }) =>
      source === 'cna' ? versions.flatMap((row) => (row.status === 'unaffected' ? [aloneIn(row)] : [])) : [],
    ),
  )
  return statements.flatMap((statement) => {
    const { source, versions } = statement
    if (source !== 'adp' || versions.length === 0) return [statement]
    const rest = versions.filter((row) => aloneIn(row) === undefined || !fixes.has(aloneIn(row)))
    return rest.length === 0 ? [] : [{ ...statement, versions: rest }]
  })
}

/**
 * Whether a statement names a product, and, where an analyst wrote it, any version: `0` and `*` are what stands in the
 * form when nothing was filled in.
 */
const saysVersions = (statement: Statement) =>
  isNamed(statement) &&
  (statement.source !== 'adp' || distributionOf(statement) === undefined) &&
  (statement.source !== 'adp' ||
    statement.versions.some(({ version = '', lessThan, lessThanOrEqual }) =>
      [version, lessThan ?? '', lessThanOrEqual ?? ''].some((bound) => /[1-9]/.test(bound)),
    ))

/**
 * What the text says counts where no field names a product with versions. Where an analyst alone does, it counts where it
 * writes his product's name in another way (`CPAN.pm` for `cpanpm`), and where it has no word of that product (`Django`
 * for his `django-rest-framework`): then he erred.
 */
function beside(telling: readonly Statement[], said: readonly Statement[], text: string): Statement[] {
  if (telling.length === 0) return [...said]
  if (telling.some(({ source }) => source !== 'adp')) return []
  const names = new Set(telling.flatMap(statementNames))
  const squashed = [...names].map(squash)
  const isSpokenOf = squashed.some((name) => squash(text).includes(name))
  const isOther = (statement: Statement) => statementNames(statement).some((name) => !names.has(name))
  const holds = ({ product = '' }: Statement) => squashed.some((name) => squash(product).includes(name))
  return said.filter((statement) => !isSpokenOf || (isOther(statement) && holds(statement)))
}

const squash = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')

/** A version that a row lists alone, and the text with all before it (`1.3.2 and prior versions`), ends a range. */
function withEarlier(text: string, statements: readonly Statement[]): Statement[] {
  const ends = endsNamed(text)
  if (ends.size === 0) return [...statements]
  return statements.map((statement) => ({
    ...statement,
    versions: statement.versions.map((row) =>
      row.status === 'affected' && ends.has(aloneIn(row) ?? '')
        ? { ...row, version: '0', lessThanOrEqual: row.version! }
        : row,
    ),
  }))
}

const aloneIn = ({ version, lessThan, lessThanOrEqual }: VersionRow) =>
  lessThan === undefined && lessThanOrEqual === undefined ? version : undefined

const urlsOf = (container: CveContainer) => (container.references ?? []).map((reference) => reference.url)

/**
 * Other ids of this very flaw: the one that the record says it comes from, else the only one of its family among the
 * references to advisories. Of several (one a repository, or an earlier flaw of the same kind) none is sure.
 */
function aliasesOf({ source }: CveContainer, urls: readonly string[]): string[] {
  const own = idsIn(typeof source?.advisory === 'string' ? [source.advisory] : [])
  const named = idsIn(
    urls.filter((url) => /\/(security\/)?advisories\/|osv\.dev|pkg\.go\.dev\/vuln|rustsec\.org/.test(url)),
  )
  const family = (id: string) => id.slice(0, id.indexOf('-'))
  const single = named.filter((id) => named.filter((other) => family(other) === family(id)).length === 1)
  const rest = single.filter((id) => !own.some((sure) => family(sure) === family(id)))
  return [...own, ...rest].filter((id) => family(id) !== 'CVE')
}

/** Versions that a row lists as affected, all alone, while the text calls that very version the fix. */
function misplacedFixes(statements: readonly Statement[], text: string): string[] {
  const named = new Set(fixesNamed(text))
  if (named.size === 0) return []
  return statements.flatMap(({ versions }) =>
    versions.flatMap(({ status, version, lessThan, lessThanOrEqual }) =>
      status === 'affected' && version !== undefined && lessThan === undefined && lessThanOrEqual === undefined
        ? [version].filter((said) => named.has(said.replace(/^v(?=\d)/, '')))
        : [],
    ),
  )
}

function containerStatements(
  container: CveContainer,
  source: 'cna' | 'adp',
  at: string,
  provider: string,
  whole: Whole,
): Statement[] {
  return [
    ...(container.affected ?? []).flatMap((affected, i) =>
      eachLabelled(affected).map((each) => affectedStatement(each, source, provider, `${at}.affected[${i}]`, whole)),
    ),
    ...(container.cpeApplicability ?? []).flatMap((applicability, i) =>
      cpeStatements(applicability, 'cpe-applicability', provider, `${at}.cpeApplicability[${i}]`),
    ),
  ]
}

/** `Zope: >= 5.0.0, < 5.8.4`: a row that names its own product. */
const LABEL = /^([a-z][\w.-]{2,40}): *(?=[<>=])/i

/** An entry whose rows name several products (`AccessControl: < 4.4`, `Zope: < 4.8.9`) is an entry each. */
function eachLabelled(affected: CveAffected): CveAffected[] {
  const labels = new Map<string, CveVersion[]>()
  for (const row of (affected.versions ?? []).slice(0, MOST_ROWS)) {
    const label = LABEL.exec(row.version ?? '')
    if (label === null) return [affected]
    const rows = labels.get(label[1]!) ?? []
    labels.set(label[1]!, [...rows, { ...row, version: row.version!.slice(label[0].length) }])
  }
  // Not so where they are ways of installing it (`Toolkit: < 2024-07-17`).
  const own = affected.product?.toLowerCase()
  if (labels.size < 2 || ![...labels.keys()].some((label) => label.toLowerCase() === own)) return [affected]
  return [...labels].map(([product, versions]) => ({ ...affected, product, versions }))
}

/** The repository in which a maker of many programs keeps the advisories of all: the text's subject is the product. */
const ADVISORIES = 'security-advisories'

const subjectOf = (text: string) =>
  /^(?:the )?(.{2,60}?) (?:is|are|provides?|allows?|enables?) /i.exec(text)?.[1] ?? ADVISORIES

/** What bears on all entries of a container. */
interface Whole {
  readonly repo?: string | undefined
  readonly text: string
}

function affectedStatement(
  affected: CveAffected,
  source: 'cna' | 'adp',
  provider: string,
  at: string,
  { repo, text }: Whole,
): Statement {
  return {
    source,
    provider,
    versions: paired(
      (affected.versions ?? []).slice(0, MOST_ROWS).flatMap(eachOfList).slice(0, MOST_ROWS).map(versionRow),
    ),
    at,
    ...optional({
      vendor: affected.vendor,
      product: affected.product === ADVISORIES ? subjectOf(text) : affected.product,
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

/** `samba 4.12.9, samba 4.13.1`: the field "Fixed In Version" of Red Hat's Bugzilla, which it copied into records. */
const NAMED_LIST = /^([a-z][\w+-]*) v?\d[\w.]*(?:, ?\1 v?\d[\w.]*)+$/i

function fixedInList(cna: CveContainer, assigner: string): string[] {
  if (assigner !== 'redhat') return []
  return (cna.affected ?? []).flatMap(({ versions = [] }) =>
    versions.slice(0, MOST_ROWS).flatMap(({ version = '' }) => (version.length < 500 ? bareList(version) : [])),
  )
}

/** The versions of a list that names its product with each; empty for anything else. */
const bareList = (version: string): string[] =>
  NAMED_LIST.test(version) ? version.split(',').map((each) => each.trim().replace(/^\S+ /, '')) : []

/** A list of plain versions in one field (`3.0.4.2, 2.2.6.3`) is a row each. */
function eachOfList(row: CveVersion): CveVersion[] {
  const { version, lessThan, lessThanOrEqual } = row
  if (version === undefined || lessThan !== undefined || lessThanOrEqual !== undefined) return [row]
  if (version.length > 500) return [row]
  const named = bareList(version)
  if (named.length > 0) return named.map((each) => ({ ...row, version: each }))
  if (!/^v?\d[\w.]*(?:\s*,\s*v?\d[\w.]*)+$/.test(version)) return [row]
  return version.split(',').map((each) => ({ ...row, version: each.trim() }))
}

/**
 * Atlassian writes a range as two rows, its beginning (`8.6.0 < unspecified`) and its end (`unspecified < 8.13.11`): a
 * beginning goes with the end that follows it.
 */
function paired(rows: readonly VersionRow[]): readonly VersionRow[] {
  const isOpen = (bound: string | undefined) => bound === 'unspecified'
  return rows.flatMap((row, i) => {
    const [before, after] = [rows[i - 1], rows[i + 1]]
    const begins = (each: VersionRow | undefined) => isOpen(each?.lessThan) && !isOpen(each?.version)
    const ends = (each: VersionRow | undefined) => isOpen(each?.version) && each?.lessThan !== undefined
    if (begins(row) && ends(after)) return [{ ...after!, version: row.version! }]
    return ends(row) && begins(before) ? [] : [row]
  })
}

/** Some write a whole CPE name where its version belongs. */
function bareVersion(said: string | undefined): string | undefined {
  if (said === undefined || !said.startsWith('cpe:2.3:')) return said
  return cpeField(said, 'version') ?? '*'
}

function versionRow(version: CveVersion): VersionRow {
  const changes = (version.changes ?? []).flatMap(({ at, status }) =>
    at === undefined || status === undefined ? [] : [{ at, status }],
  )
  return {
    status: version.status ?? 'unknown',
    ...optional({
      version: bareVersion(version.version),
      lessThan: bareVersion(version.lessThan),
      lessThanOrEqual: bareVersion(version.lessThanOrEqual),
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
