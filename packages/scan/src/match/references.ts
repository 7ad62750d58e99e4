import { normaliseName } from '../identify/normalise.ts'
import { originOf } from '../identify/sourceUrl.ts'

const ID =
  /\b(CVE-\d{4}-\d{4,19}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|GO-\d{4}-\d{4,}|RUSTSEC-\d{4}-\d{4}|PYSEC-\d{4}-\d+)\b/gi

/** Ids of vulnerabilities in texts, in their usual case. */
export function idsIn(texts: Iterable<string>): string[] {
  const ids = new Set<string>()
  for (const text of texts) {
    for (const [id] of text.matchAll(ID))
      ids.add(/^ghsa/i.test(id) ? `GHSA${id.slice(4).toLowerCase()}` : id.toUpperCase())
  }
  return [...ids]
}

/** Commit ids that URLs of commits, patches and pulls carry. */
export function commitsOf(urls: Iterable<string>): string[] {
  const commits = new Set<string>()
  for (const url of urls) {
    const commit = /(?:\/commits?\/|[?;&](?:h|id|p)=|\/c\/|\/\+\/|\/rev\/)([0-9a-f]{7,64})\b/i.exec(url)?.[1]
    if (commit !== undefined) commits.add(commit.toLowerCase())
  }
  return [...commits]
}

/** The repository whose own security page carries the advisory: GitHub's records have no `repo`. */
export function repositoryOf(urls: readonly string[]): string | undefined {
  const repos = new Set<string>()
  for (const url of urls) {
    const repo = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/security\/advisories\/GHSA-/i.exec(url)?.[1]
    if (repo !== undefined) repos.add(repo)
  }
  return repos.size === 1 ? `https://github.com/${[...repos][0]}` : undefined
}

const PLACES: readonly (readonly [pattern: RegExp, ecosystem: string])[] = [
  [/^https?:\/\/(?:www\.)?pypi\.(?:org|python\.org)\/project\/|SNYK-PYTHON-/i, 'PyPI'],
  [/^https?:\/\/(?:www\.)?npmjs\.com\/package\/|SNYK-JS-/i, 'npm'],
  [/^https?:\/\/(?:www\.)?rubygems\.org\/gems\/|^https?:\/\/discuss\.rubyonrails\.org\/t\/|SNYK-RUBY-/i, 'RubyGems'],
  [/^https?:\/\/(?:www\.)?crates\.io\/crates\/|rustsec\.org\/advisories\/|SNYK-RUST-/i, 'crates.io'],
  [/^https?:\/\/(?:www\.)?hackage\.haskell\.org\/package\//i, 'Hackage'],
  [/^https?:\/\/(?:www\.)?packagist\.org\/packages\/|SNYK-PHP-/i, 'Packagist'],
  [/^https?:\/\/(?:www\.)?nuget\.org\/packages\/|SNYK-DOTNET-/i, 'NuGet'],
  [/^https?:\/\/(?:www\.)?metacpan\.org\//i, 'CPAN'],
  [/^https?:\/\/(?:www\.)?hex\.pm\/packages\//i, 'Hex'],
  [/SNYK-GOLANG-/i, 'Go'],
  [/SNYK-JAVA-/i, 'Maven'],
]

/**
 * The package registry that references lead to, where they lead to one alone. CPAN's pages are also referred to for what
 * a program uses: one counts where it is of the product.
 */
export function registryOf(urls: readonly string[], names: ReadonlySet<string>): string | undefined {
  const found = new Set<string>()
  for (const url of urls) {
    for (const [pattern, ecosystem] of PLACES)
      if (pattern.test(url) && (ecosystem !== 'CPAN' || isNamedIn(url, names))) found.add(ecosystem)
  }
  return found.size === 1 ? [...found][0] : undefined
}

function isNamedIn(url: string, names: ReadonlySet<string>): boolean {
  const path = normaliseName(url.replace(/^[^/]*\/\/[^/]*/, ''))
  return [...names].some((name) => path.includes(name))
}

/** Repositories (`github.com/owner/name`) that references lead to and that are called as one of the products is. */
export function repositoriesNamed(names: ReadonlySet<string>, urls: readonly string[]): string[] {
  const found = new Set<string>()
  for (const url of urls) {
    const { repo, name } = originOf(url)
    if (repo !== undefined && name !== undefined && names.has(name)) found.add(repo)
  }
  return [...found].slice(0, 4)
}

/** `<v3.0.4.2, <v2.2.6.3`: bounds of a text, less those of ranges in a field's form (`>= 1.0, < 1.2`). */
const BELOW = /(?<![<>=\w-])<\s?v?(\d[\w.+-]*)/g

const FIXED =
  /\b(?:before|prior to|fixed (?:in|by|with)|patched in|resolved in|addressed in|upgrade to|updated? to|fix(?:es)?(?: is| are)? (?:in|available in|included in))\s+(?:the )?(?:versions?|releases?)?\s*:?\s*((?:v?\d[\w.+-]*(?:,? and |,? or |, | )?){1,8})/gi

const EARLIER = /\bv?(\d[\w.+-]*?),? \(?(?:and|or) (?:all )?(?:earlier|prior|before|below|lower|older|previous)\b/gi

/** Versions that a text says with all before them: `1.3.2 and prior versions`. */
export const endsNamed = (text: string): ReadonlySet<string> =>
  new Set([...text.slice(0, 2_000).matchAll(EARLIER)].map(([, version]) => version!))

/** Versions that a text calls the fix: `prior to 23.10.0rc1`, `fixed in 1.2.37`. */
export function fixesNamed(text: string): string[] {
  const fixes = new Set<string>()
  for (const [, list] of text.slice(0, 20_000).matchAll(FIXED)) {
    for (const [version] of list!.matchAll(/\d[\w.+-]*/g)) fixes.add(version.replace(/[.,]+$/, ''))
  }
  for (const [, version] of text.slice(0, 20_000).matchAll(BELOW)) fixes.add(version!.replace(/[.,]+$/, ''))
  return [...fixes]
}
