import { normaliseName } from './normalise.ts'

const PURL_ECOSYSTEM: Record<string, string> = {
  pypi: 'PyPI',
  npm: 'npm',
  cargo: 'crates.io',
  gem: 'RubyGems',
  hackage: 'Hackage',
  cpan: 'CPAN',
  golang: 'Go',
  maven: 'Maven',
  composer: 'Packagist',
  nuget: 'NuGet',
  hex: 'Hex',
  cran: 'CRAN',
  opam: 'opam',
  luarocks: 'LuaRocks',
}

/** What a package URL says: `pkg:github/NixOS/nix@2.3`. */
export function purlOrigin(purl: string): { repo?: string; ecosystem?: string; name?: string; vendor?: string } {
  const match = /^pkg:(?<type>[a-z0-9.+-]+)\/(?<path>[^@?#]+)/i.exec(purl.replaceAll('%40', '\u0001'))
  if (match === null) return {}
  const type = match.groups!.type!.toLowerCase()
  const path = match.groups!.path!.replaceAll('\u0001', '@')
  const [owner, name] = path.split('/')
  if ((type === 'github' || type === 'gitlab' || type === 'bitbucket') && owner && name) {
    const host = type === 'bitbucket' ? 'bitbucket.org' : `${type}.com`
    return { repo: `${host}/${owner}/${name}`.toLowerCase(), vendor: normaliseName(owner), name: normaliseName(name) }
  }
  const ecosystem = PURL_ECOSYSTEM[type]
  if (ecosystem === undefined) return {}
  return {
    ecosystem,
    name: normaliseName(path),
    ...(type === 'golang' && path.startsWith('github.com/')
      ? { repo: path.split('/').slice(0, 3).join('/').toLowerCase() }
      : {}),
  }
}
