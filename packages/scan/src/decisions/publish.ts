import { createHash } from 'node:crypto'
import { type CsafVulnerability, type OpenVexStatement, printCsafVex, printOpenVex } from '@firn/advisories'
import type { ClosureComponent } from '../collect/components.ts'
import type { VulnerabilityFinding } from '../finding.ts'
import { type Judgement, judgementsOf } from './judgement.ts'

/** Formats of what is passed on to others. */
export type VexFormat = 'openvex' | 'csaf'

/** Who says it, and when. */
export interface VexAuthor {
  readonly name: string
  /** A URI that belongs to the author. */
  readonly namespace: string
  readonly created: Date
  readonly toolVersion: string
}

/** Findings as OpenVEX 0.2.0 or CSAF 2.0 VEX in JSON. The id is made from what is said, so that it stays the same. */
export function publishFindings(
  format: VexFormat,
  subject: string,
  findings: readonly VulnerabilityFinding[],
  components: readonly ClosureComponent[],
  author: VexAuthor,
): string {
  const judgements = judgementsOf(findings, components)
  const digest = createHash('sha256')
    .update(JSON.stringify([author.name, author.namespace, subject, judgements]))
    .digest('hex')
  if (format === 'csaf') return csaf(subject, judgements, author, digest)
  return printOpenVex({
    id: `urn:firn:vex:${digest}`,
    author: author.name,
    timestamp: author.created,
    tooling: `firn ${author.toolVersion}`,
    statements: judgements.map(statement),
  })
}

function statement({ cve, aliases, status, products, justification, impact, action }: Judgement): OpenVexStatement {
  return {
    vulnerability: { name: cve, ...(aliases.length === 0 ? {} : { aliases }) },
    products: products.map((purl) => ({ '@id': purl, identifiers: { purl } })),
    status,
    ...(justification === undefined ? {} : { justification }),
    ...(impact === undefined ? {} : { impact_statement: impact }),
    ...(action === undefined ? {} : { action_statement: action }),
  }
}

function csaf(subject: string, judgements: readonly Judgement[], author: VexAuthor, digest: string): string {
  const products = [...new Set(judgements.flatMap((judgement) => judgement.products))].sort()
  const byCve = Map.groupBy(judgements, ({ cve }) => cve)
  return printCsafVex({
    id: `firn-${digest.slice(0, 32)}`,
    title: `Known vulnerabilities: ${subject}`,
    date: author.created,
    publisher: { name: author.name, namespace: author.namespace },
    toolVersion: author.toolVersion,
    products: products.map((purl) => ({ id: purl, name: nameOf(purl), purl })),
    vulnerabilities: [...byCve].map(([cve, said]) => vulnerability(cve, said)),
  })
}

function vulnerability(id: string, said: readonly Judgement[]): CsafVulnerability {
  const productsOf = (status: Judgement['status']) =>
    said.filter((judgement) => judgement.status === status).flatMap(({ products }) => products)
  return {
    id,
    note: `${id} in ${said.flatMap(({ products }) => products.map(nameOf)).join(', ')}`,
    affected: productsOf('affected'),
    notAffected: productsOf('not_affected'),
    fixed: productsOf('fixed'),
    underInvestigation: productsOf('under_investigation'),
    remediations: said.flatMap(({ action, products }) => (action === undefined ? [] : { details: action, products })),
    flags: said.flatMap(({ justification, products }) =>
      justification === undefined ? [] : { label: justification, products },
    ),
    impacts: said.flatMap(({ impact, products }) => (impact === undefined ? [] : { details: impact, products })),
  }
}

/** `pkg:nix/openssl@3.0.14` to `openssl 3.0.14`. */
function nameOf(purl: string): string {
  const [name = '', version] = purl
    .replace(/^pkg:nix\//, '')
    .replace(/\?.*/, '')
    .split('@')
  return [name, version]
    .filter((part) => part !== undefined)
    .map(decodeURIComponent)
    .join(' ')
}
