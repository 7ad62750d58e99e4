import { APPLICATIONS } from './aliases/applications.ts'
import { DESKTOP } from './aliases/desktop.ts'
import { DEVELOPMENT } from './aliases/development.ts'
import { INFRASTRUCTURE } from './aliases/infrastructure.ts'
import { LANGUAGES } from './aliases/languages.ts'
import { LIBRARIES } from './aliases/libraries.ts'
import { MEDIA } from './aliases/media.ts'
import { NETWORK } from './aliases/network.ts'
import { PYTHON } from './aliases/python.ts'
import { SERVERS } from './aliases/servers.ts'
import { SYSTEM } from './aliases/system.ts'
import { TOOLS } from './aliases/tools.ts'
import { WEB_APPLICATIONS } from './aliases/webApplications.ts'

/** What nixpkgs calls a thing and what advisories call it. */
export interface Alias {
  readonly products: readonly string[]
  readonly vendors: readonly string[]
  readonly why: string
}

/**
 * The tables. One row: names in nixpkgs | products | vendors | why. Names and products are keys (see names.ts). `*` at
 * the end of a name stands for a version (`go-*` is go_1_22). Vendors are those who speak of this very thing: with
 * another, named vendor it is something else of the same name. A name that nixpkgs and advisories share is listed only
 * to say its vendors.
 *
 * From the names in nixpkgs' pkgs/top-level/all-packages.nix and python-packages.nix, and from the CPE dictionary's
 * vendors.
 */
const PROGRAMS = [
  ...[LANGUAGES, DEVELOPMENT, SYSTEM, NETWORK, SERVERS, WEB_APPLICATIONS, INFRASTRUCTURE],
  ...[DESKTOP, MEDIA, TOOLS, LIBRARIES, APPLICATIONS],
]

const EXACT = new Map<string, Alias>()
const VERSIONED = new Map<string, Alias>()
const PRODUCTS = new Map<string, Alias>()
const PYTHON_LIBRARIES = new Map<string, Alias>()
for (const [names, row] of PROGRAMS.flatMap(rowsOf)) {
  for (const name of names) {
    const alias = named(name, row)
    if (name.endsWith('-*')) VERSIONED.set(name.slice(0, -2), alias)
    else EXACT.set(name, alias)
    for (const product of alias.products) if (!PRODUCTS.has(product)) PRODUCTS.set(product, alias)
  }
}
for (const [names, alias] of rowsOf(PYTHON)) for (const name of names) PYTHON_LIBRARIES.set(name, named(name, alias))

/** `=` for products: each name of the row is a product of its own. */
function named(name: string, alias: Alias): Alias {
  return alias.products[0] === '=' ? { ...alias, products: [name] } : alias
}

function rowsOf(table: string): (readonly [names: readonly string[], alias: Alias])[] {
  return table.split('\n').flatMap((line) => {
    const [names, products, vendors, why] = line.split('|').map((part) => part.trim())
    if (names === undefined || products === undefined || vendors === undefined || why === undefined) return []
    return [[names.split(' '), { products: products.split(' '), vendors: vendors.split(' '), why }] as const]
  })
}

/** The row of the tables for a program that nixpkgs calls so, normalised. */
export function aliasOf(name: string): Alias | undefined {
  const exact = EXACT.get(name)
  if (exact !== undefined) return exact
  const versioned = /^(?<base>.+?)-?(?<version>\d+(?:-\d+)*)$/.exec(name)
  return versioned === null ? undefined : VERSIONED.get(versioned.groups?.base ?? '')
}

/** The row for a library of a language (`PyPI`). Its makers may not be all there are. */
export function libraryAlias(ecosystem: string, name: string): Alias | undefined {
  return ecosystem === 'PyPI' ? PYTHON_LIBRARIES.get(name) : undefined
}

/** The program (no library of a language) that the tables know by this product name. */
export function knownProgram(product: string): Alias | undefined {
  return PRODUCTS.get(product)
}
