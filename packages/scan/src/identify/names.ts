import type { Advisory, Statement } from '../match/model.ts'
import { isCommonName } from './commonWords.ts'
import { cpeField } from './cpe.ts'
import { saidName } from './normalise.ts'
import { productForms } from './productForms.ts'

/** Longer lists of products are data errors or suites; a key for each would only cost space. */
const MOST_KEYS = 64

/**
 * The keys under which an advisory is found: normalised names of each product it speaks of, from product, package
 * name, purl, repository and CPE. An advisory and a component meet only when they share one.
 */
export function advisoryNames(advisory: Advisory): readonly string[] {
  const keys = new Set<string>()
  for (const statement of advisory.statements) {
    for (const name of statementNames(statement)) keys.add(name)
    if (keys.size >= MOST_KEYS) break
  }
  return [...keys]
}

/** The names one statement gives to its product, normalised, the record's own first. */
export function statementNames(statement: Statement): readonly string[] {
  const names = new Set<string>()
  const { vendor, purl } = statement
  for (const said of [statement.packageName, statement.product]) {
    if (said !== undefined) for (const form of productForms(said, vendor)) names.add(form)
  }
  for (const form of madeForms([...names], vendor)) names.add(form)
  const packaged = purl === undefined ? undefined : purlName(purl)
  if (packaged !== undefined) for (const form of productForms(packaged, undefined)) names.add(form)
  for (const cpe of statement.cpes ?? []) {
    const product = cpeField(cpe, 'product')
    if (product !== undefined) for (const form of productForms(product, cpeField(cpe, 'vendor'))) names.add(form)
  }
  // Each package of Go's standard library is a product of its own in Go's records.
  if (/^go[ _](standard[ _]library|toolchain)$/i.test(vendor ?? '')) return ['go']
  return [...names]
}

/** nixpkgs sets the maker before everyday words: Cloudflare's `WARP` is `cloudflare-warp`. */
function madeForms(names: readonly string[], vendor: string | undefined): string[] {
  const maker = saidName(vendor)
  if (maker === undefined || maker.includes('/')) return []
  const everyday = names.filter((name) => name !== maker && name.split('-').every(isCommonName))
  return everyday.map((name) => `${maker}-${name}`)
}

/** `pkg:npm/%40scope/name` to `@scope/name`. */
function purlName(purl: string): string | undefined {
  const match = /^pkg:[^/]+\/(?<path>[^@?#]+)/.exec(purl.replaceAll('%40', '\u0001'))
  return match?.groups?.path?.replaceAll('\u0001', '@')
}
