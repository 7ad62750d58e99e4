import {
  type OpenVexProduct,
  type OpenVexStatement,
  parseOpenVex,
  parseVulnixWhitelist,
  parseVulnxscanWhitelist,
  type VulnixRule,
  type VulnxscanRule,
  vulnixName,
} from '@firn/advisories'
import { UserError } from '@firn/core'
import { nameAndVersion } from '../collect/components.ts'
import type { Advisory, Component } from '../match/model.ts'
import { readCycloneDxVex, type VexAnalysis } from '../sbom/vex.ts'
import { isProduct } from './product.ts'
import type { Ruling, RulingStatus } from './ruling.ts'

/** What a file of decisions says, and what in it was passed over. */
export interface RulingsFile {
  readonly rulings: readonly Ruling[]
  readonly warnings: readonly string[]
}

/**
 * Read a file of decisions, whatever it is: OpenVEX, CycloneDX VEX, a whitelist of vulnix (TOML) or vulnxscan (CSV),
 * known by content. `whole` are names of what is looked at (the root's store path and name): a statement about a part
 * of a product holds only where the product is that. What cannot be read is a UserError; nothing of it is used then.
 */
export async function readRulings(text: string, file: string, whole: readonly string[]): Promise<RulingsFile> {
  if (/^\ufeff?\s*\{/.test(text))
    return /"bomFormat"/.test(text) ? fromCycloneDx(text, file) : fromOpenVex(text, file, whole)
  const [head = ''] = text.split('\n', 1)
  if (/(^|,)\s*"?vuln_id"?\s*(,|\r?$)/.test(head)) return fromVulnxscan(text, file)
  const other = /^\s*</.test(text)
    ? 'XML or a web page'
    : /^\ufeff?\s*\[\s*[\]{]/.test(text)
      ? 'a list in JSON'
      : undefined
  if (other !== undefined)
    throw new UserError(`this is ${other}`, 'give OpenVEX, CycloneDX (JSON), or a whitelist in TOML or CSV')
  return fromVulnix(text, file)
}

function fromOpenVex(text: string, file: string, whole: readonly string[]): RulingsFile {
  const { document, warnings } = parseOpenVex(text)
  const rulings = document.statements.map((statement, i): Ruling => {
    const products = statement.products ?? []
    const { justification } = statement
    return {
      status: statement.status,
      kind: 'judgement',
      ids: vulnerabilityIds(statement),
      speaksOf: (_advisory, component) => products.some((product) => isOfProduct(component, product, whole)),
      decided: statement.last_updated ?? statement.timestamp ?? document.timestamp,
      source: `${file} statement ${i + 1}`,
      ...(justification === undefined ? {} : { justification }),
      ...textOf(statement.impact_statement ?? statement.action_statement ?? statement.status_notes),
    }
  })
  return { rulings, warnings }
}

function vulnerabilityIds({ vulnerability }: OpenVexStatement): string[] {
  if (typeof vulnerability === 'string') return [vulnerability]
  const { name, aliases = [], '@id': iri } = vulnerability
  const ids = [name, ...aliases, ...(name === undefined ? [iri?.slice(iri.lastIndexOf('/') + 1)] : [])]
  return ids.filter((id) => id !== undefined)
}

/** A product by itself; with subcomponents these, where the product is what is looked at. */
function isOfProduct(component: Component, product: OpenVexProduct, whole: readonly string[]): boolean {
  const parts = typeof product === 'string' ? [] : (product.subcomponents ?? [])
  if (parts.length === 0) return idsOf(product).some((id) => isProduct(component, id))
  return (
    idsOf(product).some((id) => whole.some((name) => isProduct({ name, paths: [name] } as Component, id))) &&
    parts.some((part) => idsOf(part).some((id) => isProduct(component, id)))
  )
}

function idsOf(product: OpenVexProduct): string[] {
  if (typeof product === 'string') return [product]
  const { '@id': id, identifiers = {} } = product
  return [id, identifiers.purl, identifiers.cpe23, identifiers.cpe22].filter((text) => text !== undefined)
}

const STATES: Readonly<Record<VexAnalysis['state'], RulingStatus>> = {
  resolved: 'fixed',
  resolved_with_pedigree: 'fixed',
  exploitable: 'affected',
  in_triage: 'under_investigation',
  false_positive: 'not_affected',
  not_affected: 'not_affected',
}

function fromCycloneDx(text: string, file: string): RulingsFile {
  const rulings = readCycloneDxVex(text).map((analysis): Ruling => {
    const { id, aliases, state, justification, detail, decided, products } = analysis
    return {
      status: STATES[state],
      kind: 'judgement',
      ids: [id, ...aliases],
      speaksOf: (_advisory, component) => products.flat().some((name) => isProduct(component, name)),
      source: `${file} ${id} ${state}`,
      ...(justification === undefined ? {} : { justification }),
      ...textOf(detail),
      ...(decided === undefined ? {} : { decided }),
    }
  })
  return { rulings, warnings: [] }
}

async function fromVulnix(text: string, file: string): Promise<RulingsFile> {
  const { rules, warnings } = await parseVulnixWhitelist(text)
  const rulings = rules.map(
    (rule): Ruling => ({
      status: 'not_affected',
      kind: 'whitelist',
      ...(rule.cves === undefined ? {} : { ids: rule.cves }),
      speaksOf: (_advisory, component) => isVulnixName(rule, component),
      source: `${file} ["${rule.header}"]`,
      ...textOf([...rule.comments, ...rule.issueUrls].join('; ')),
      ...(rule.until === undefined ? {} : { until: rule.until }),
    }),
  )
  return { rulings, warnings }
}

/** By the derivation's name, as vulnix has it: `python3.12-redis` is not whitelisted as `redis`. */
function isVulnixName({ pname, version }: VulnixRule, component: Component): boolean {
  const own = vulnixName(component.name)
  return (pname === undefined || pname === own.pname) && (version === undefined || version === own.version)
}

/** The first row that fits decides, and it may be one that only annotates. */
function fromVulnxscan(text: string, file: string): RulingsFile {
  const { rules, warnings } = parseVulnxscanWhitelist(text)
  const rulings = rules.flatMap((rule, i): Ruling[] => {
    if (!rule.whitelist) return []
    const earlier = rules.slice(0, i)
    return [
      {
        status: 'not_affected',
        kind: 'whitelist',
        speaksOf: (advisory, component) =>
          fitsRow(rule, advisory, component) && !earlier.some((row) => fitsRow(row, advisory, component)),
        source: `${file} line ${rule.line}`,
        ...textOf(rule.comment),
      },
    ]
  })
  return { rulings, warnings }
}

function fitsRow(rule: VulnxscanRule, advisory: Pick<Advisory, 'id' | 'aliases'>, component: Component): boolean {
  const { pname, version = '' } = nameAndVersion(component)
  return (
    [advisory.id, ...advisory.aliases].some((id) => rule.vulnId.test(id)) &&
    (rule.package === undefined || rule.package === pname || rule.package === vulnixName(component.name).pname) &&
    (rule.version === undefined || rule.version === version) &&
    (rule.versionPattern === undefined || rule.versionPattern.test(version))
  )
}

function textOf(text: string | undefined): { text?: string } {
  return text === undefined || text === '' ? {} : { text }
}
