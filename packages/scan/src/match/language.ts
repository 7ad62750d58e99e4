import { cpeField } from '../identify/cpe.ts'
import { purlOrigin } from '../identify/purl.ts'
import type { Advisory, Statement } from './model.ts'
import { oncePerAdvisory } from './once.ts'

const COLLECTIONS: readonly (readonly [pattern: RegExp, ecosystem: string])[] = [
  [/pypi\.(org|python\.org)/, 'PyPI'],
  [/registry\.npmjs\.org|npmjs\.com/, 'npm'],
  [/rubygems\.org/, 'RubyGems'],
  [/pkg\.go\.dev|proxy\.golang\.org/, 'Go'],
  [/crates\.io/, 'crates.io'],
  [/maven/, 'Maven'],
  [/hackage\.haskell/, 'Hackage'],
  [/packagist|pecl\.php\.net/, 'Packagist'],
  [/nuget\.org/, 'NuGet'],
  [/cpan\.org/, 'CPAN'],
  [/hex\.pm/, 'Hex'],
  [/cran\.r-project/, 'CRAN'],
]
const TARGETS: Readonly<Record<string, string>> = {
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

/** The package manager that a structured field of a statement names, in OSV's words. */
export function ecosystemOf(statement: Statement): string | undefined {
  if (statement.ecosystem !== undefined) return statement.ecosystem.split(':')[0]
  // Go's own library lives at pkg.go.dev too.
  if (/^go (standard library|toolchain)$/i.test(statement.vendor ?? '')) return undefined
  const purl = statement.purl === undefined ? undefined : purlOrigin(statement.purl).ecosystem
  if (purl !== undefined) return purl
  const collection = statement.collectionUrl?.toLowerCase()
  const found = collection === undefined ? undefined : COLLECTIONS.find(([pattern]) => pattern.test(collection))
  // Java's programs are collected by Maven too: Jetty is no less a program for it.
  if (found !== undefined && found[1] !== 'Maven') return found[1]
  for (const cpe of statement.cpes ?? []) {
    const target = TARGETS[cpeField(cpe, 'targetSw')?.toLowerCase() ?? '']
    if (target !== undefined) return target
  }
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
  ['nim', 'Nimble'],
  ['swift', 'SwiftURL'],
  ['dart|flutter', 'Pub'],
  ['lua', 'LuaRocks'],
  ['ocaml', 'opam'],
]
const KINDS =
  'library|package|module|binding|bindings|client|crate|gem|framework|sdk|implementation|port|encoder\\/decoder|parser|http client|driver|toolkit|utility'
const INTRODUCED = LANGUAGES.map(
  ([words, ecosystem]) =>
    [
      words.split('|').map((word) => word.replace('\\.?js', '').replace('\\', '')),
      new RegExp(
        `\\b(?:${words})(?:['’]s)? (?:[a-z/-]+ ){0,2}(?:${KINDS})\\b|\\b(?:${KINDS})s? (?:[a-z/-]+ ){0,3}(?:for|in|written in) (?:pure |the )?(?:${words})\\b`,
        'i',
      ),
      ecosystem,
    ] as const,
)

const textOf = (advisory: Advisory) => `${advisory.title ?? ''}\n${advisory.description ?? ''}`

/** The language whose library the text introduces; undefined where it speaks of none or of several. */
export const languageIntroduced = oncePerAdvisory((advisory) => {
  const text = textOf(advisory)
  const lower = text.toLowerCase()
  // Making such a pattern costs far more than looking for its words, and most texts have none of them.
  const found = INTRODUCED.filter(
    ([stems, pattern]) => stems.some((stem) => lower.includes(stem)) && pattern.test(text),
  )
  return found.length === 1 ? found[0]![2] : undefined
})

/** Words that only one language's world uses. `Go` and `Rust` alone are everyday words. */
const MENTIONED: readonly (readonly [pattern: RegExp, ecosystem: string])[] = [
  [
    /python|\bpypi\b|\bpip\b|\bwsgi\b|\basgi\b|\basyncio\b|\bdjango\b|\bjupyter\b|\bpickled?\b|\b__\w+__\b|\b\w+\.py\b/i,
    'PyPI',
  ],
  [/node\.?js|\bnpm\b|javascript|typescript|\b[\w-]+\.js\b|`@[a-z0-9-]+\/[a-z0-9-]+`/i, 'npm'],
  [
    /\bgolang\b|\bgo module\b|\bgo library\b|\bgo package\b|\bin go\b|github\.com\/[\w-]+\/[\w-]+\/|\bgoroutines?\b|\bstructs?\b/i,
    'Go',
  ],
  [/\bjava\b|\bmaven\b|\bspring\b|\bjvm\b|\b\w+\.jar\b/i, 'Maven'],
  [/\bruby\b|\brails\b|\brubygems?\b/i, 'RubyGems'],
  [/\bphp\b|\blaravel\b|\bsymfony\b|\bcomposer\b|\b\w+\.php\b/i, 'Packagist'],
  [/\brust\b|\bcrates?\b|\bcargo\b/i, 'crates.io'],
  [/\bperl\b|\bcpan\b|\b\w+\.pm\b/i, 'CPAN'],
  [/\.net\b|\bc#|\bnuget\b/i, 'NuGet'],
  [/\bhaskell\b/i, 'Hackage'],
  [/\bocaml\b|\bopam\b/i, 'opam'],
  [/\bkubernetes\b/i, 'Go'],
]

/** All languages that the text has a word of. */
export const languagesMentioned = oncePerAdvisory((advisory): ReadonlySet<string> => {
  const text = textOf(advisory)
  return new Set(MENTIONED.filter(([pattern]) => pattern.test(text)).map(([, ecosystem]) => ecosystem))
})

/** Makers who make libraries of one language. */
const MAKERS: Readonly<Record<string, string>> = {
  python: 'PyPI',
  'python-software-foundation': 'PyPI',
  pypa: 'PyPI',
  pyca: 'PyPI',
  psf: 'PyPI',
  pallets: 'PyPI',
  palletsprojects: 'PyPI',
  django: 'PyPI',
  'aio-libs': 'PyPI',
  pylons: 'PyPI',
  jupyter: 'PyPI',
  nodejs: 'npm',
  rubyonrails: 'RubyGems',
  rails: 'RubyGems',
  'rust-lang': 'crates.io',
  golang: 'Go',
  haskell: 'Hackage',
}

/** The language that a maker of the product stands for. */
export function languageOfMakers(vendors: ReadonlySet<string>): string | undefined {
  for (const vendor of vendors) if (MAKERS[vendor] !== undefined) return MAKERS[vendor]
  return undefined
}

const PREFIXES: readonly (readonly [prefix: string, ecosystem: string])[] = [
  ['python-', 'PyPI'],
  ['perl-', 'CPAN'],
  ['ruby-', 'RubyGems'],
  ['lua-', 'LuaRocks'],
]

/** The language that a product carries before its name: `python-jose`, `perl-cryptx`. */
export function languageOfProduct({ product = '', packageName = '' }: Statement): string | undefined {
  const names = [product, packageName].map((name) => name.toLowerCase())
  return PREFIXES.find(([prefix]) => names.some((name) => name.startsWith(prefix)))?.[1]
}
