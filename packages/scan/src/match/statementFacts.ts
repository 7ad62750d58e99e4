import { cpeField } from '../identify/cpe.ts'
import { statementNames } from '../identify/names.ts'
import { saidName } from '../identify/normalise.ts'
import { purlOrigin } from '../identify/purl.ts'
import { originOf } from '../identify/sourceUrl.ts'
import { distributionOf } from './distribution.ts'
import { hostOf } from './host.ts'
import { ecosystemOf, languageOfMakers, languageOfProduct } from './language.ts'
import { vendorsOf } from './makers.ts'
import type { Advisory, Statement } from './model.ts'

/** What a statement says of its product, made comparable. */
export interface StatementFacts {
  readonly names: ReadonlySet<string>
  /** Normalised, in all their forms; empty where the record names none. */
  readonly vendors: ReadonlySet<string>
  /** An analyst added the vendor to a record that names none, and its text does not name it either. */
  readonly vendorGuessed: boolean
  /** `vendor:product`, lower case. */
  readonly cpes: readonly string[]
  /** `github.com/owner/name`, where a field of the record names it. */
  readonly repo?: string
  /** Repositories of the product's name that references lead to. */
  readonly referenced: readonly string[]
  /** The package manager that a structured field, or all references to registries, name. */
  readonly ecosystem?: string
  /** The language that the product's name, or the maker, stands for, where no field names one. */
  readonly implied?: string
  /** What it plugs into: WordPress, Jenkins. */
  readonly host?: string
  /** A distribution's row about its own package. */
  readonly distribution?: string
  /** Another edition than the free one: `enterprise`. */
  readonly edition?: string
  readonly hardwareOnly: boolean
  /** The provider speaks mostly of open source, or the record leads to a public repository of that name. */
  readonly openSource: boolean
}

const CACHE = new WeakMap<Statement, StatementFacts>()

/** Derived once a statement. */
export function factsOf(statement: Statement, advisory: Advisory): StatementFacts {
  const known = CACHE.get(statement)
  if (known !== undefined) return known
  const facts = derive(statement, advisory)
  CACHE.set(statement, facts)
  return facts
}

function derive(statement: Statement, advisory: Advisory): StatementFacts {
  const said = fieldsOf(statement)
  const repo = said.repo ?? repoWritten(statement, advisory)
  const vendors = repo === said.repo ? said.vendors : vendorsOf(statement, repo)
  const ecosystem = said.ecosystem ?? advisory.registry
  const host = hostOf(statement, advisory)
  const distribution = distributionOf(statement)
  const implied = ecosystem === undefined ? (said.language ?? languageOfMakers(vendors)) : undefined
  const edition = statement.source === 'adp' ? inText(said.edition, advisory) : said.edition
  const referenced = advisory.repositories ?? []
  return {
    names: said.names,
    vendors,
    vendorGuessed: statement.source === 'adp' && isGuessed(statement, advisory),
    cpes: said.cpes,
    referenced,
    hardwareOnly: said.hardwareOnly,
    openSource:
      repo !== undefined ||
      referenced.length > 0 ||
      statement.source === 'osv' ||
      OPEN.has(statement.provider.toLowerCase()),
    ...(repo === undefined ? {} : { repo }),
    ...(ecosystem === undefined ? {} : { ecosystem }),
    ...(implied === undefined ? {} : { implied }),
    ...(host === undefined ? {} : { host }),
    ...(distribution === undefined ? {} : { distribution }),
    ...(edition === undefined ? {} : { edition }),
  }
}

/** What a statement's own fields say of its product, whatever record it is in. */
interface Fields {
  readonly names: ReadonlySet<string>
  readonly vendors: ReadonlySet<string>
  readonly cpes: readonly string[]
  readonly hardwareOnly: boolean
  readonly repo: string | undefined
  readonly ecosystem: string | undefined
  readonly language: string | undefined
  readonly edition: string | undefined
}

const FIELDS = new Map<string, Fields>()
const MOST_FIELDS = 20_000

/** Found out once for all statements that write the same, as those of thousands of a kernel's records do. */
function fieldsOf(statement: Statement): Fields {
  const { vendor, product, packageName, collectionUrl, purl, ecosystem, repo, cpes = [] } = statement
  const key = JSON.stringify([vendor, product, packageName, collectionUrl, purl, ecosystem, repo, cpes])
  const known = FIELDS.get(key)
  if (known !== undefined) return known
  if (FIELDS.size >= MOST_FIELDS) FIELDS.clear()
  const own = repoOf(statement)
  const fields = {
    names: new Set(statementNames(statement)),
    vendors: vendorsOf(statement, own),
    cpes: cpes.map((cpe) => `${cpeField(cpe, 'vendor') ?? ''}:${cpeField(cpe, 'product') ?? ''}`.toLowerCase()),
    hardwareOnly: cpes.length > 0 && cpes.every((cpe) => cpeField(cpe, 'part') === 'h'),
    repo: own,
    ecosystem: ecosystemOf(statement),
    language: languageOfProduct(statement),
    edition: editionOf(statement),
  }
  FIELDS.set(key, fields)
  return fields
}

/** Providers whose records are about open source, as their scopes at the CVE Program say. */
const OPEN = new Set(
  'github_m redhat debian canonical fedora suse opensuse openssl curl php postgresql isc mozilla apache go golang linux kernel.org psf eclipse xen freebsd netbsd libreoffice document_fdn nlnetlabs wolfssl drupal jenkins perl cpansec huntr @huntr_ai @huntrdev snyk openvpn zephyr nodejs chrome ghsa openeuler ruby rust gnutls kde nixos obsproject powerdns.com ox glibc mongodb tcpdump python'.split(
    ' ',
  ),
)

function repoOf(statement: Statement): string | undefined {
  const { repo, collectionUrl, packageName, product, purl } = statement
  const paths = [packageName, product].map((name) =>
    name === undefined
      ? undefined
      : name.includes('://')
        ? name
        : name.startsWith('github.com/')
          ? `https://${name}`
          : '',
  )
  for (const url of [repo, collectionUrl, ...paths]) {
    const found = url === undefined || url === '' ? undefined : originOf(url).repo
    if (found !== undefined) return found
  }
  return purl === undefined ? undefined : purlOrigin(purl).repo
}

/** A product written `owner/name` is the repository where a reference leads to just that one. */
function repoWritten({ product }: Statement, { repositories = [] }: Advisory): string | undefined {
  const path = product?.trim().toLowerCase()
  return path === undefined ? undefined : repositories.find((repo) => repo === `github.com/${path}`)
}

function isGuessed(statement: Statement, advisory: Advisory): boolean {
  const isNamed = advisory.statements.some(
    ({ source, vendor, product }) => source === 'cna' && (saidName(vendor) ?? saidName(product)) !== undefined,
  )
  const vendor = saidName(statement.vendor)
  if (isNamed || vendor === undefined) return false
  const text = `${advisory.title ?? ''} ${advisory.description ?? ''}`.toLowerCase().replace(/[^a-z0-9]+/g, '')
  return !text.includes(vendor.replace(/[^a-z0-9]+/g, ''))
}

/** An analyst picks an edition from the dictionary: it counts where the text speaks of it. */
function inText(edition: string | undefined, { title = '', description = '' }: Advisory): string | undefined {
  return edition !== undefined && `${title} ${description}`.toLowerCase().includes(edition.toLowerCase())
    ? edition
    : undefined
}

/** Editions that are what everybody gets. */
const PLAIN_EDITION = /^(community|open_?source|oss|free|standard|lts|-|\*)$/i

/** The edition that all CPE names of a statement have: one that nixpkgs does not build. */
function editionOf(statement: Statement): string | undefined {
  const editions = (statement.cpes ?? []).map((cpe) => cpeField(cpe, 'swEdition'))
  const [first] = editions
  return first !== undefined && editions.every((edition) => edition !== undefined && !PLAIN_EDITION.test(edition))
    ? first
    : undefined
}
