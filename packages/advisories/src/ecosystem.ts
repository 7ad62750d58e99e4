/** Where packages of one kind are collected. Names are OSV's (ossf/osv-schema), with WordPress and Jenkins beside. */
export type Ecosystem =
  | 'npm'
  | 'PyPI'
  | 'RubyGems'
  | 'Go'
  | 'crates.io'
  | 'Maven'
  | 'Hackage'
  | 'Packagist'
  | 'NuGet'
  | 'CRAN'
  | 'CPAN'
  | 'Hex'
  | 'Pub'
  | 'WordPress'
  | 'Jenkins'
  | 'Drupal'
  | 'Linux'
  | 'Distribution'

/** Hosts of collections, as `collectionURL` names them; the longest match decides. */
const COLLECTIONS: readonly (readonly [prefix: string, ecosystem: Ecosystem])[] = [
  ['registry.npmjs.org', 'npm'],
  ['npmjs.com', 'npm'],
  ['pypi.org', 'PyPI'],
  ['pypi.python.org', 'PyPI'],
  ['rubygems.org', 'RubyGems'],
  ['pkg.go.dev', 'Go'],
  ['proxy.golang.org', 'Go'],
  ['crates.io', 'crates.io'],
  ['repo.maven.apache.org', 'Maven'],
  ['repo1.maven.org', 'Maven'],
  ['central.sonatype.com', 'Maven'],
  ['search.maven.org', 'Maven'],
  ['mvnrepository.com', 'Maven'],
  ['hackage.haskell.org', 'Hackage'],
  ['packagist.org', 'Packagist'],
  ['nuget.org', 'NuGet'],
  ['cran.r-project.org', 'CRAN'],
  ['cpan.org', 'CPAN'],
  ['metacpan.org', 'CPAN'],
  ['hex.pm', 'Hex'],
  ['pub.dev', 'Pub'],
  ['wordpress.org', 'WordPress'],
  ['plugins.jenkins.io', 'Jenkins'],
  ['repo.jenkins-ci.org', 'Jenkins'],
  ['drupal.org', 'Drupal'],
  ['git.kernel.org', 'Linux'],
  ['access.redhat.com', 'Distribution'],
  ['catalog.redhat.com', 'Distribution'],
  ['packages.fedoraproject.org', 'Distribution'],
  ['src.fedoraproject.org', 'Distribution'],
  ['packages.debian.org', 'Distribution'],
  ['launchpad.net/ubuntu', 'Distribution'],
  ['packages.ubuntu.com', 'Distribution'],
  ['software.opensuse.org', 'Distribution'],
]

/** The ecosystem a `collectionURL` stands for, or undefined when it is none we know. */
export function ecosystemOfCollection(collectionUrl: string): Ecosystem | undefined {
  let url: URL
  try {
    url = new URL(collectionUrl.includes('://') ? collectionUrl : `https://${collectionUrl}`)
  } catch {
    return undefined
  }
  const host = url.hostname.replace(/^www\./, '')
  return COLLECTIONS.find(([prefix]) => {
    const [name, path] = prefix.split('/', 2)
    return (host === name || host.endsWith(`.${name}`)) && (path === undefined || url.pathname.startsWith(`/${path}`))
  })?.[1]
}
