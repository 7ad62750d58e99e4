import { memo } from './memo.ts'
import { normaliseName } from './normalise.ts'

/** What the place a source comes from says about who makes it. */
export interface Origin {
  /** `github.com/owner/repo`, lower case. */
  readonly repo?: string
  /** OSV's ecosystem name: `PyPI`, `npm`, `crates.io`. */
  readonly ecosystem?: string
  /** The package's name there. */
  readonly name?: string
  /** Whom the place belongs to: an owner on a forge, `gnu`, the second-level domain. */
  readonly vendor?: string
}

const FORGES =
  /^(github\.com|gitlab\.com|codeberg\.org|bitbucket\.org|git\.sr\.ht|gitlab\.[a-z0-9.-]+|gitea\.[a-z0-9.-]+|salsa\.debian\.org|invent\.kde\.org)$/
const REGISTRIES: readonly (readonly [host: RegExp, path: RegExp, ecosystem: string])[] = [
  [
    /(^|\.)pypi\.(org|python\.org|io)$|^files\.pythonhosted\.org$/,
    /^\/?(?:packages\/(?:source\/.\/|[^/]+\/[^/]+\/[^/]+\/)|project\/|simple\/|pypi\/|[a-z0-9]\/)?([A-Za-z0-9._-]+)/,
    'PyPI',
  ],
  [/(^|\.)crates\.io$/, /^\/?(?:api\/v1\/)?crates\/([A-Za-z0-9_-]+)/, 'crates.io'],
  [/^registry\.(npmjs\.org|yarnpkg\.com)$|npmjs\.com$/, /^\/?(?:package\/)?((?:@[^/]+\/)?[^/]+)/, 'npm'],
  [/(^|\.)rubygems\.org$/, /^\/?(?:gems|downloads)\/([A-Za-z0-9_-]+?)(?:-\d[^/]*)?(?:\.gem)?$/, 'RubyGems'],
  [/^hackage\.haskell\.org$/, /^\/?package\/([A-Za-z0-9-]+?)(?:-\d[\d.]*)?(?:\/|$)/, 'Hackage'],
  [/(^|\.)(cpan\.org|metacpan\.org)$/, /\/([A-Za-z0-9_-]+?)-v?\d[^/]*$/, 'CPAN'],
  [/^(repo1?\.maven\.(apache\.)?org|repo\.maven\.apache\.org)$/, /\/([^/]+)\/[^/]+\/[^/]+$/, 'Maven'],
  [/^cran\.r-project\.org$/, /\/([A-Za-z0-9.]+)_[^/]+$/, 'CRAN'],
  [/^(repo\.)?hex\.pm$/, /^\/?(?:packages|tarballs)\/([a-z0-9_]+)/, 'Hex'],
  [/^packagist\.org$/, /^\/?packages\/([^/]+\/[^/]+)/, 'Packagist'],
]
const MIRRORS: Record<string, readonly [vendor: string, ecosystem?: string]> = {
  gnu: ['gnu'],
  savannah: ['gnu'],
  gnome: ['gnome'],
  kde: ['kde'],
  apache: ['apache'],
  kernel: ['linux'],
  gnupg: ['gnupg'],
  openbsd: ['openbsd'],
  xorg: ['x-org'],
  postgresql: ['postgresql'],
  mysql: ['oracle'],
  samba: ['samba'],
  isc: ['isc'],
  gcc: ['gnu'],
  imagemagick: ['imagemagick'],
  sourceware: ['sourceware'],
  pypi: ['', 'PyPI'],
  cpan: ['', 'CPAN'],
  hackage: ['', 'Hackage'],
  rubygems: ['', 'RubyGems'],
  qt: ['qt'],
  mozilla: ['mozilla'],
  maven: ['', 'Maven'],
}

/** Read a source or homepage URL. Total: what is no URL, or says nothing, gives nothing. */
export const originOf = memo((url: string): Origin => {
  const mirror = /^mirror:\/\/([a-z0-9.-]+)\/(.*)$/i.exec(url)
  if (mirror !== null) return mirrorOrigin(mirror[1]!.toLowerCase(), mirror[2]!)
  const parts = /^(?:git\+)?(?:https?|git|ssh|ftp):\/\/(?:[^@/\s]*@)?([^/:\s]+)(?::\d+)?(\/[^\s?#]*)?/i.exec(url)
  if (parts === null) return {}
  const host = parts[1]!.toLowerCase().replace(/^www\./, '')
  const path = parts[2] ?? ''
  const forge = forgeOrigin(host, path)
  if (forge !== undefined) return forge
  for (const [hosts, paths, ecosystem] of REGISTRIES) {
    if (!hosts.test(host)) continue
    const name = paths.exec(path)?.[1]
    return { ecosystem, ...(name === undefined ? {} : { name: normaliseName(name) }) }
  }
  return hostOrigin(host, path)
})

function forgeOrigin(host: string, path: string): Origin | undefined {
  const real =
    host === 'api.github.com' || host === 'codeload.github.com' || host === 'raw.githubusercontent.com'
      ? 'github.com'
      : host
  const pages = /^([a-z0-9-]+)\.(github|gitlab)\.io$/.exec(host)
  if (pages !== null) {
    const repo = path.split('/')[1]?.toLowerCase()
    return { vendor: pages[1]!, ...(repo ? { repo: `${pages[2]}.com/${pages[1]}/${repo}` } : {}) }
  }
  if (!FORGES.test(real)) return undefined
  const [owner, ...rest] = projectPath(real, path)
  if (!owner) return {}
  const names = rest.map((name) => name.replace(/\.git$/, ''))
  const last = names.at(-1)
  return {
    vendor: normaliseName(owner),
    ...(last ? { repo: [real, owner, ...names].join('/').toLowerCase(), name: normaliseName(last) } : {}),
  }
}

/** What follows a project in the URLs of a GitLab. */
const GITLAB_PAGES = new Set(
  'archive repository raw blob blobs tree commit commits uploads issues merge_requests releases tags wikis'.split(' '),
)

/** Owner and name; on a GitLab a project may lie in groups of groups, and nixpkgs fetches it by its API. */
function projectPath(host: string, path: string): string[] {
  const api = /^\/api\/v4\/projects\/([^/]+)/.exec(path)?.[1]
  if (api !== undefined) return api.split(/%2f/i)
  const parts = path.replace(/^\/(repos\/)?~?/, '').split('/')
  if (!host.startsWith('gitlab.')) return parts.slice(0, 2)
  const end = parts.findIndex((part, i) => i >= 2 && (part === '-' || part === '' || GITLAB_PAGES.has(part)))
  return end < 0 ? parts : parts.slice(0, end)
}

function mirrorOrigin(mirror: string, path: string): Origin {
  if (mirror === 'sourceforge') {
    const project = path.replace(/^project\//, '').split('/')[0]
    return project ? { vendor: normaliseName(project), name: normaliseName(project) } : {}
  }
  const known = MIRRORS[mirror]
  if (known === undefined) return {}
  const [vendor, ecosystem] = known
  const name = ecosystem === 'PyPI' ? path.split('/')[1] : undefined
  return {
    ...(vendor === '' ? {} : { vendor }),
    ...(ecosystem === undefined ? {} : { ecosystem }),
    ...(name ? { name: normaliseName(name) } : {}),
  }
}

/** Hosts that belong to nobody in particular. */
const COMMON_HOSTS =
  /(^|\.)(nixos\.org|debian\.org|fedoraproject\.org|archive\.org|google\.com|wikipedia\.org|freshmeat\.net|googlecode\.com|launchpad\.net|tarballs\.nixos\.org|amazonaws\.com|cloudfront\.net|readthedocs\.(io|org)|herokuapp\.com|netlify\.app)$/

function hostOrigin(host: string, path: string): Origin {
  const sourceforge = /^([a-z0-9-]+)\.(sourceforge|sf)\.(net|io)$/.exec(host)
  if (sourceforge !== null && sourceforge[1] !== 'downloads' && sourceforge[1] !== 'prdownloads')
    return { vendor: sourceforge[1]! }
  const project = /^\/projects?\/([^/]+)/.exec(path)
  if (/(^|\.)(sourceforge|sf)\.net$/.test(host)) return project ? { vendor: normaliseName(project[1]!) } : {}
  const launchpad = host === 'launchpad.net' ? path.split('/')[1] : undefined
  if (launchpad)
    return { vendor: normaliseName(launchpad), repo: `launchpad.net/${launchpad}/${launchpad}`.toLowerCase() }
  if (COMMON_HOSTS.test(host)) return {}
  const labels = host.split('.')
  const vendor =
    labels.length >= 3 && labels.at(-2)!.length <= 3 && labels.at(-1)!.length === 2 ? labels.at(-3) : labels.at(-2)
  return vendor ? { vendor: normaliseName(vendor) } : {}
}
