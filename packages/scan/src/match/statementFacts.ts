import { purlOrigin } from '../identify/identity.ts'
import { cpeField, normaliseName, saidName, statementNames } from '../identify/names.ts'
import { originOf } from '../identify/sourceUrl.ts'
import type { Advisory, Statement } from './model.ts'

/** What a statement says of its product, made comparable. */
export interface StatementFacts {
  readonly names: ReadonlySet<string>
  /** Normalised, in all their forms; empty where the record names none. */
  readonly vendors: ReadonlySet<string>
  /** `vendor:product`, lower case. */
  readonly cpes: readonly string[]
  readonly repo?: string
  /** The package manager that a structured field names. */
  readonly ecosystem?: string
  /** The language that only the text speaks of. */
  readonly said?: string
  /** What it plugs into: WordPress, Jenkins. */
  readonly host?: string
  /** A distribution's row about its own package. */
  readonly distribution?: string
  readonly hardwareOnly: boolean
  /** The provider speaks mostly of open source, or the statement names a public repository. */
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
  const repo = repoOf(statement)
  const ecosystem = ecosystemOf(statement)
  const host = hostOf(statement, advisory)
  const distribution = distributionOf(statement)
  const text = `${advisory.title ?? ''}\n${advisory.description ?? ''}`
  const said = ecosystem === undefined ? languageOfText(text) : undefined
  return {
    names: new Set(statementNames(statement)),
    vendors: vendorsOf(statement, repo),
    cpes: (statement.cpes ?? []).map((cpe) =>
      `${cpeField(cpe, 'vendor') ?? ''}:${cpeField(cpe, 'product') ?? ''}`.toLowerCase(),
    ),
    hardwareOnly: (statement.cpes ?? []).length > 0 && statement.cpes!.every((cpe) => cpeField(cpe, 'part') === 'h'),
    openSource: repo !== undefined || OPEN.has(statement.provider.toLowerCase()) || statement.source === 'osv',
    ...(repo === undefined ? {} : { repo }),
    ...(ecosystem === undefined ? {} : { ecosystem }),
    ...(said === undefined ? {} : { said }),
    ...(host === undefined ? {} : { host }),
    ...(distribution === undefined ? {} : { distribution }),
  }
}

/** Providers whose records are about open source, as their scopes at the CVE Program say. */
const OPEN = new Set(
  'github_m redhat debian canonical fedora suse opensuse openssl curl php postgresql isc mozilla apache gitlab go golang linux kernel.org psf eclipse xen freebsd netbsd libreoffice document_fdn nlnetlabs wolfssl drupal jenkins perl cpansec huntr @huntr_ai @huntrdev snyk hackerone openvpn zephyr nodejs google chrome ghsa cert-pl fluid-attacks openeuler apache_software_foundation ruby rust gnutls kde nixos haskell obsproject powerdns.com ox glibc'.split(
    ' ',
  ),
)

const SUFFIX =
  /-(inc|llc|ltd|limited|gmbh|corp|corporation|company|co|ag|foundation|project|team|org|community|software-foundation|group|labs|developers|contributors|maintainers|authors|consortium|e-v)$/

/** A maker's name, normalised, then less what companies and projects add to theirs. */
export function vendorForms(vendor: string): string[] {
  const name = normaliseName(vendor).replace(/^the-/, '')
  const all = new Set([name])
  for (const part of name.split('/')) if (part !== '') all.add(part)
  for (let now = name, i = 0; i < 3; i++) {
    now = now.replace(SUFFIX, '')
    all.add(now)
  }
  all.delete('')
  return [...all]
}

function vendorsOf(statement: Statement, repo: string | undefined): Set<string> {
  const vendors = new Set<string>()
  const add = (said: string | undefined) => {
    const name = saidName(said)
    if (name !== undefined) for (const form of vendorForms(name)) vendors.add(form)
  }
  add(statement.vendor)
  for (const cpe of statement.cpes ?? []) add(cpeField(cpe, 'vendor'))
  if (repo !== undefined) add(repo.split('/')[1])
  if (statement.product?.includes('/')) add(statement.product.split('/')[0])
  return vendors
}

function repoOf(statement: Statement): string | undefined {
  for (const url of [
    statement.repo,
    statement.collectionUrl,
    ...[statement.packageName, statement.product].map((name) =>
      /^github\.com\//i.test(name ?? '') ? `https://${name}` : undefined,
    ),
  ]) {
    const repo = url === undefined ? undefined : originOf(url).repo
    if (repo !== undefined) return repo
  }
  return statement.purl === undefined ? undefined : purlOrigin(statement.purl).repo
}

const COLLECTIONS: readonly (readonly [pattern: RegExp, ecosystem: string])[] = [
  [/pypi\.(org|python\.org)/, 'PyPI'],
  [/registry\.npmjs\.org|npmjs\.com/, 'npm'],
  [/rubygems\.org/, 'RubyGems'],
  [/pkg\.go\.dev|proxy\.golang\.org/, 'Go'],
  [/crates\.io/, 'crates.io'],
  [/maven/, 'Maven'],
  [/hackage\.haskell/, 'Hackage'],
  [/packagist/, 'Packagist'],
  [/nuget\.org/, 'NuGet'],
  [/cpan\.org/, 'CPAN'],
  [/hex\.pm/, 'Hex'],
  [/pecl\.php\.net/, 'Packagist'],
  [/cran\.r-project/, 'CRAN'],
]
const TARGETS: Record<string, string> = {
  python: 'PyPI',
  'node.js': 'npm',
  nodejs: 'npm',
  ruby: 'RubyGems',
  rust: 'crates.io',
  go: 'Go',
  golang: 'Go',
  perl: 'CPAN',
  maven: 'Maven',
  '.net': 'NuGet',
}

function ecosystemOf(statement: Statement): string | undefined {
  if (statement.ecosystem !== undefined) return statement.ecosystem.split(':')[0]
  const vendor = statement.vendor?.toLowerCase()
  // Go's own library lives at pkg.go.dev too.
  if (vendor === 'go standard library' || vendor === 'go toolchain') return undefined
  const purl = statement.purl === undefined ? undefined : purlOrigin(statement.purl).ecosystem
  if (purl !== undefined) return purl
  const collection = statement.collectionUrl?.toLowerCase()
  const found = collection === undefined ? undefined : COLLECTIONS.find(([pattern]) => pattern.test(collection))
  if (found !== undefined) return found[1]
  for (const cpe of statement.cpes ?? []) {
    const target = cpeField(cpe, 'targetSw')?.toLowerCase()
    if (target !== undefined && TARGETS[target] !== undefined) return TARGETS[target]
  }
  return undefined
}

/** Who speaks of nothing but plugins. */
const PLUGIN_PROVIDERS: Record<string, string> = {
  wordfence: 'WordPress',
  wpscan: 'WordPress',
  patchstack: 'WordPress',
  jenkins: 'Jenkins',
}
const HOSTS: readonly (readonly [pattern: RegExp, host: string])[] = [
  [/wordpress/, 'WordPress'],
  [/jenkins/, 'Jenkins'],
  [/drupal/, 'Drupal'],
  [/joomla/, 'Joomla'],
  [/typo3/, 'TYPO3'],
  [/magento/, 'Magento'],
  [/moodle/, 'Moodle'],
  [/prestashop/, 'PrestaShop'],
  [/mediawiki/, 'MediaWiki'],
  [/confluence|jira/, 'Atlassian'],
  [/discourse/, 'Discourse'],
  [/xwiki/, 'XWiki'],
  [/strapi/, 'Strapi'],
  [/woocommerce/, 'WordPress'],
  [/craft ?cms/, 'Craft'],
]

function hostOf(statement: Statement, advisory: Advisory): string | undefined {
  const product = (statement.product ?? statement.packageName ?? '').toLowerCase()
  const provider = PLUGIN_PROVIDERS[statement.provider.toLowerCase()]
  if (provider !== undefined && product !== provider.toLowerCase() && product !== `${provider.toLowerCase()} core`)
    return provider
  const collection = statement.collectionUrl?.toLowerCase() ?? ''
  if (/wordpress\.org\/(plugins|themes)/.test(collection)) return 'WordPress'
  for (const cpe of statement.cpes ?? []) {
    const target = cpeField(cpe, 'targetSw')?.toLowerCase()
    const found = target === undefined ? undefined : HOSTS.find(([pattern]) => pattern.test(target))
    if (found !== undefined && !cpe.includes(`:${target}:${target}:`)) return found[1]
  }
  const vendor = statement.vendor?.toLowerCase() ?? ''
  if (/^jenkins( project)?$/.test(vendor) && product !== 'jenkins' && product !== 'jenkins lts') return 'Jenkins'
  for (const [pattern, host] of HOSTS) {
    if (pattern.test(product) && /(plugin|extension|module|theme|add-?on)/.test(product)) return host
  }
  const text = `${advisory.title ?? ''} ${advisory.description ?? ''}`.toLowerCase()
  const plugin =
    /\b(wordpress|jenkins|drupal|joomla!?|typo3|magento|moodle|prestashop|mediawiki|confluence|jira)('s)? (?:[a-z]+ )?(plugin|extension|module|theme|app)\b|\b(?:plugin|extension|module|theme)s? for (wordpress|jenkins|drupal|joomla!?|typo3|magento|moodle|prestashop|mediawiki|confluence|jira|google chrome|discourse)/.exec(
      text,
    )
  const said = plugin?.[1] ?? plugin?.[4]
  const host = said === undefined ? undefined : HOSTS.find(([pattern]) => pattern.test(said))?.[1]
  return host !== undefined && !product.startsWith(host.toLowerCase()) ? host : undefined
}

const DISTRIBUTION_PRODUCT =
  /\b(enterprise linux|openshift|fedora|centos|debian|ubuntu|leap|tumbleweed|suse linux|suse manager|amazon linux|alma ?linux|rocky linux|openeuler|oracle linux|red hat|rhel|satellite|jboss|ceph storage|virtualization host|gentoo|alpine linux|linux enterprise|snapd? core|extra packages)\b/
const DISTRIBUTION_URL =
  /access\.redhat\.com|packages\.fedoraproject\.org|catalog\.redhat\.com|packages\.debian\.org|launchpad\.net\/ubuntu|packages\.ubuntu\.com|gitee\.com\/src-openeuler/
const DISTRIBUTION_VENDOR =
  /^(red hat|redhat|fedora|fedoraproject|debian|ubuntu|canonical ltd\.?|amazon|almalinux|rocky|gentoo|alpine|openeuler|centos|oracle linux)$/

/** What a distribution packs has its own patches and numbers. Upstream rows of the same provider are not meant. */
function distributionOf(statement: Statement): string | undefined {
  const vendor = statement.vendor?.toLowerCase() ?? ''
  const product = statement.product?.toLowerCase() ?? ''
  const named = statement.vendor ?? statement.provider
  if (DISTRIBUTION_URL.test(statement.collectionUrl?.toLowerCase() ?? '')) return named
  if (DISTRIBUTION_PRODUCT.test(product)) return named
  if (
    DISTRIBUTION_VENDOR.test(vendor) &&
    statement.packageName !== undefined &&
    saidName(statement.packageName) !== saidName(statement.product)
  )
    return named
  if (/^(deb|dpkg|apk|rpm)$/.test(statement.versions[0]?.scheme ?? '') && DISTRIBUTION_VENDOR.test(vendor)) return named
  return undefined
}

const LANGUAGES: readonly (readonly [words: string, ecosystem: string])[] = [
  ['python', 'PyPI'],
  ['node\\.?js|npm|javascript|typescript', 'npm'],
  ['java|maven|spring', 'Maven'],
  ['ruby', 'RubyGems'],
  ['rust', 'crates.io'],
  ['go|golang|go lang', 'Go'],
  ['php|laravel|symfony|composer', 'Packagist'],
  ['\\.net|c#|nuget', 'NuGet'],
  ['perl', 'CPAN'],
  ['haskell', 'Hackage'],
  ['elixir|erlang', 'Hex'],
]
const KINDS =
  'library|package|module|binding|bindings|client|crate|gem|framework|sdk|implementation|port|encoder\\/decoder|parser|http client|driver|toolkit|utility'
const TEXTS = LANGUAGES.map(
  ([words, ecosystem]) =>
    [
      new RegExp(
        `\\b(?:${words})(?:['’]s)? (?:[a-z/-]+ ){0,2}(?:${KINDS})\\b|\\b(?:${KINDS})s? (?:[a-z/-]+ ){0,3}(?:for|in|written in) (?:pure |the )?(?:${words})\\b`,
        'i',
      ),
      ecosystem,
    ] as const,
)

/** The language whose library the text introduces; undefined where it speaks of none or of several. */
function languageOfText(text: string): string | undefined {
  const found = TEXTS.filter(([pattern]) => pattern.test(text))
  return found.length === 1 ? found[0]![1] : undefined
}
