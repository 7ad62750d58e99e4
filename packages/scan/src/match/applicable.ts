import { isCommonName } from '../identify/commonWords.ts'
import type { Identity } from '../identify/identity.ts'
import { normaliseName, saidName } from '../identify/normalise.ts'
import { vendorForms } from './makers.ts'
import type { Advisory, Statement } from './model.ts'
import { type ProductAnswer, sameProduct } from './product.ts'

/** A statement, and what it is to the component. */
export interface Judged<P extends ProductAnswer = ProductAnswer> {
  readonly statement: Statement
  readonly product: P
}

export type Applicable = Judged<Exclude<ProductAnswer, { same: 'no' }>>

/** All statements that name a product, judged. */
export function judge(identity: Identity, advisory: Advisory): Judged[] {
  return advisory.statements.map((statement) => ({ statement, product: sameProduct(identity, statement, advisory) }))
}

/**
 * The statements about this component. What an analyst (ADP) adds counts where it agrees with the record's authority
 * (CNA), or where that names nothing. A product that the CNA does not name needs proof; where the CNA speaks of this
 * very maker and names another of its products, or gives the name to another maker, the analyst erred.
 */
export function applicable(identity: Identity, judged: readonly Judged[]): Applicable[] {
  const cna = judged.filter(({ statement }) => statement.source === 'cna' && isNamed(statement))
  const confirmed = cna.some(({ product }) => product.same !== 'no')
  const denied = cna.some(
    ({ statement, product }) =>
      product.same === 'no' &&
      (product.because === 'maker' || (product.because === 'other' && isOfMaker(identity, statement))),
  )
  return judged.filter((entry): entry is Applicable => {
    const { statement, product } = entry
    if (product.same === 'no') return false
    if (statement.source !== 'adp' || cna.length === 0 || confirmed) return true
    if (product.same === 'proven' && isRenamed(statement, cna)) return true
    return !denied && product.same === 'proven' && !isCommonName(saidName(statement.product) ?? '')
  })
}

/** The analyst gives the authority's only product, with the very bounds it has, a longer name: `torchserve` for `serve`. */
function isRenamed({ product = '', versions }: Statement, cna: readonly Judged[]): boolean {
  const [only, ...more] = cna
  if (only === undefined || more.length > 0) return false
  const [said, longer] = [normaliseName(only.statement.product ?? ''), normaliseName(product)]
  if (said === '' || said === longer || !longer.includes(said)) return false
  const own = endsOf(versions)
  return own !== '' && own === endsOf(only.statement.versions)
}

const endsOf = (rows: Statement['versions']) =>
  rows
    .flatMap((row) => row.lessThan ?? row.lessThanOrEqual ?? /<=? ?(\S+)$/.exec(row.version ?? '')?.[1] ?? [])
    .sort()
    .join(' ')

function isOfMaker(identity: Identity, { vendor }: Statement): boolean {
  if (vendor === undefined) return false
  const forms = vendorForms(vendor)
  return [...identity.vendors.keys()].some((own) => vendorForms(own).some((form) => forms.includes(form)))
}

/** Whether a statement names a product at all. */
export function isNamed({ product, packageName, purl, cpes }: Statement): boolean {
  if (purl !== undefined || (cpes ?? []).length > 0) return true
  return [product, packageName].some((name) => saidName(name) !== undefined && name?.trim() !== '-')
}
