import type { Advisory, Statement } from '../match/model.ts'

/**
 * Names as keys: lower case; spaces, dots, underscores and `::` are one hyphen; signs of trade and quotes fall away.
 * `Node.js` and `node_js` become `node-js`; `libstdc++` stays.
 */
export function normaliseName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}+@/_.: -]+/gu, '')
    .trim()
    .replace(/[\s_.:-]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** What records write where they have no name. */
const NOTHING = new Set([
  '',
  'n/a',
  'na',
  'none',
  'unknown',
  'unspecified',
  'not-specified',
  'multiple',
  'various',
  'multiple-vendors',
  'product',
  'vendor',
])

/** A name of a record, normalised, or undefined where the record says nothing (`n/a`, `unspecified`). */
export function saidName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const name = normaliseName(text)
  return NOTHING.has(name) ? undefined : name
}

/** Longer lists of products are data errors or suites; a key for each would only cost space. */
const MOST_KEYS = 48

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
  const vendor = saidName(statement.vendor)
  for (const said of [statement.packageName, statement.product]) {
    const name = saidName(said)
    if (name === undefined) continue
    for (const form of productForms(name, vendor)) names.add(form)
  }
  if (statement.purl !== undefined) {
    const name = purlName(statement.purl)
    if (name !== undefined) for (const form of productForms(name, undefined)) names.add(form)
  }
  for (const cpe of statement.cpes ?? []) {
    const name = saidName(cpeField(cpe, 'product'))
    if (name !== undefined) names.add(name)
  }
  if (vendor === 'go-standard-library' || vendor === 'go-toolchain') names.add('go')
  names.delete('')
  return [...names]
}

/** A product may be written with its maker (`Apache Tomcat`), as a repository (`vim/vim`) or a module path. */
function productForms(name: string, vendor: string | undefined): string[] {
  const forms = [name]
  const path = name.replace(/\/v\d+$/, '').replace(/\/+$/, '')
  if (path.includes('/')) forms.push(path.slice(path.lastIndexOf('/') + 1))
  for (const form of [...forms]) {
    const short = form
      .replace(/^(the|python|node|php|ruby|go|rust)-(?=[a-z])/, '')
      .replace(/-(project|library|server-edition)$/, '')
    if (short !== form) forms.push(short)
    const maker = vendor?.split(/[-/]/)[0]
    if (maker !== undefined && maker.length > 2 && form.startsWith(`${maker}-`))
      forms.push(form.slice(maker.length + 1))
    if (form.startsWith('gnu-')) forms.push(form.slice(4))
  }
  return forms
}

/** `pkg:npm/%40scope/name` to `@scope/name`. */
function purlName(purl: string): string | undefined {
  const match = /^pkg:[^/]+\/(?<path>[^@?#]+)/.exec(purl.replaceAll('%40', '\u0001'))
  return match === null ? undefined : saidName(match.groups?.path?.replaceAll('\u0001', '@'))
}

const CPE_FIELDS = {
  part: 0,
  vendor: 1,
  product: 2,
  version: 3,
  update: 4,
  edition: 5,
  language: 6,
  swEdition: 7,
  targetSw: 8,
  targetHw: 9,
} as const

/**
 * One field of a CPE name, 2.3 (`cpe:2.3:a:gnu:glibc:…`) or 2.2 (`cpe:/a:gnu:glibc`), unescaped; undefined where it is
 * missing, `*` or `-`.
 */
export function cpeField(cpe: string, field: keyof typeof CPE_FIELDS): string | undefined {
  const start = cpe.startsWith('cpe:2.3:') ? 8 : cpe.startsWith('cpe:/') ? 5 : -1
  if (start < 0) return undefined
  let at = 0
  let value = ''
  for (let i = start; i <= cpe.length; i++) {
    const char = cpe[i]
    if (char === undefined || char === ':') {
      if (at === CPE_FIELDS[field]) return value === '' || value === '*' || value === '-' ? undefined : value
      at++
      value = ''
    } else if (char === '\\' && i + 1 < cpe.length) {
      if (at === CPE_FIELDS[field]) value += cpe[i + 1]
      i++
    } else if (at === CPE_FIELDS[field]) value += char
  }
  return undefined
}
