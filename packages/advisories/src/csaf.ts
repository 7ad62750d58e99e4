import type { OpenVexJustification } from './openvex.ts'

/** A product as CSAF names it. */
export interface CsafProduct {
  /** Its id within the document. */
  readonly id: string
  readonly name: string
  readonly purl: string
}

/** What is known of one vulnerability in the products; each product stands in one list only. */
export interface CsafVulnerability {
  /** A CVE id, or another. */
  readonly id: string
  readonly note: string
  readonly affected: readonly string[]
  readonly notAffected: readonly string[]
  readonly fixed: readonly string[]
  readonly underInvestigation: readonly string[]
  /** What to do, for `affected`. */
  readonly remediations: readonly { readonly details: string; readonly products: readonly string[] }[]
  /** Why not, for `notAffected`. */
  readonly flags: readonly { readonly label: OpenVexJustification; readonly products: readonly string[] }[]
  readonly impacts: readonly { readonly details: string; readonly products: readonly string[] }[]
}

export interface CsafDraft {
  readonly id: string
  readonly title: string
  readonly date: Date
  /** Who publishes, and a URI that belongs to him. */
  readonly publisher: { readonly name: string; readonly namespace: string }
  readonly toolVersion: string
  readonly products: readonly CsafProduct[]
  readonly vulnerabilities: readonly CsafVulnerability[]
}

/** A document of CSAF 2.0 in the profile VEX (OASIS, chapter 4.5) as JSON. */
export function printCsafVex(draft: CsafDraft): string {
  const date = draft.date.toISOString()
  const whole = {
    document: {
      category: 'csaf_vex',
      csaf_version: '2.0',
      publisher: { category: 'user', ...draft.publisher },
      title: draft.title,
      tracking: {
        id: draft.id,
        status: 'final',
        version: '1',
        initial_release_date: date,
        current_release_date: date,
        revision_history: [{ date, number: '1', summary: 'As scanned' }],
        generator: { engine: { name: 'firn', version: draft.toolVersion } },
      },
    },
    ...(draft.products.length === 0 ? {} : { product_tree: { full_product_names: draft.products.map(product) } }),
    ...list('vulnerabilities', draft.vulnerabilities.map(vulnerability)),
  }
  return `${JSON.stringify(whole, null, 2)}\n`
}

function product({ id, name, purl }: CsafProduct): object {
  return { product_id: id, name, product_identification_helper: { purl } }
}

function vulnerability(entry: CsafVulnerability): object {
  return {
    ...(/^CVE-\d{4}-\d{4,}$/.test(entry.id) ? { cve: entry.id } : { ids: [{ system_name: 'OSV', text: entry.id }] }),
    notes: [{ category: 'summary', text: entry.note }],
    product_status: {
      ...list('known_affected', entry.affected),
      ...list('known_not_affected', entry.notAffected),
      ...list('fixed', entry.fixed),
      ...list('under_investigation', entry.underInvestigation),
    },
    ...list(
      'remediations',
      entry.remediations.map(({ details, products }) => ({ category: 'vendor_fix', details, product_ids: products })),
    ),
    ...list(
      'flags',
      entry.flags.map(({ label, products }) => ({ label, product_ids: products })),
    ),
    ...list(
      'threats',
      entry.impacts.map(({ details, products }) => ({ category: 'impact', details, product_ids: products })),
    ),
  }
}

/** CSAF has no empty lists. */
function list(key: string, values: readonly unknown[]): object {
  return values.length === 0 ? {} : { [key]: values }
}
