import { UserError } from '@firn/core'
import type { FeedDeclaration } from '../domain/feeds.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A source of data on the network, as this tracker uses it. */
export interface Feed extends FeedDeclaration {
  readonly name: string
  readonly url: string
  readonly how: 'file' | 'cve-releases' | 'channel'
  readonly channel?: string
  /** Asked again after so many minutes. */
  readonly everyMinutes: number
  /** The largest file that is taken from it, in bytes. */
  readonly limit: number
}

const MB = 2 ** 20
const CHANNELS = 'nixos-25.11 nixos-unstable nixpkgs-unstable'
const ECOSYSTEMS = 'Go PyPI crates.io'

/**
 * The feeds that the environment asks for. FIRN_FEED_CVE, _KEV, _EPSS, _OSV, _NVD and _CHANNELS each name another
 * address (a mirror), or `off`; the NVD is off unless its variable says `on` or names an address. FIRN_CHANNELS and
 * FIRN_OSV list channels and ecosystems. Addresses of several files hold `{}` where the name goes.
 */
export function feedsOf(env: Environment): Feed[] {
  const cve = address(env, 'CVE', 'https://api.github.com/repos/CVEProject/cvelistV5/releases')
  const kev = address(env, 'KEV', 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json')
  const epss = address(env, 'EPSS', 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz')
  const osv = address(env, 'OSV', 'https://osv-vulnerabilities.storage.googleapis.com/{}/all.zip')
  const nvd = address(
    { FIRN_FEED_NVD: 'off', ...env },
    'NVD',
    'https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-{}.json.gz',
  )
  const channels = address(env, 'CHANNELS', 'https://channels.nixos.org/{}')
  const file = { how: 'file' } as const
  return [
    ...one(cve, (url) => ({
      name: 'cve',
      url,
      // A mirror may hold a zip itself, always the newest.
      how: /\.zip$/.test(new URL(url).pathname) ? 'file' : 'cve-releases',
      everyMinutes: 60,
      staleAfterHours: 48,
      limit: 4096 * MB,
    })),
    ...one(kev, (url) => ({ name: 'kev', url, ...file, everyMinutes: 360, staleAfterHours: 96, limit: 64 * MB })),
    ...one(epss, (url) => ({ name: 'epss', url, ...file, everyMinutes: 360, staleAfterHours: 72, limit: 128 * MB })),
    ...each(osv, list(env.FIRN_OSV ?? ECOSYSTEMS, 'FIRN_OSV'), (url, name) => ({
      name: `osv ${name}`,
      url,
      ...file,
      everyMinutes: 360,
      staleAfterHours: 72,
      limit: 4096 * MB,
    })),
    ...each(nvd, nvdParts(), (url, name) => ({
      name: `nvd ${name}`,
      url,
      ...file,
      everyMinutes: name === 'modified' ? 120 : 10_080,
      staleAfterHours: name === 'modified' ? 48 : 480,
      limit: 512 * MB,
    })),
    ...each(channels, list(env.FIRN_CHANNELS ?? CHANNELS, 'FIRN_CHANNELS'), (url, channel) => ({
      name: `channel ${channel}`,
      url,
      how: 'channel',
      channel,
      everyMinutes: 60,
      // A channel may stand still for days, and that is not the tracker's age.
      staleAfterHours: 48,
      limit: 256 * MB,
    })),
  ]
}

/** The address a variable gives, or the usual one; undefined: the feed is off. */
function address(env: Environment, name: string, usual: string): string | undefined {
  const value = env[`FIRN_FEED_${name}`]
  if (value === undefined || value === '' || value === 'on') return usual
  if (value === 'off') return undefined
  if (usual.includes('{}') && !value.includes('{}')) {
    throw new UserError(`FIRN_FEED_${name}=${value}: no {} in it`, `{} stands for the name, as in ${usual}`)
  }
  const protocol = URL.canParse(value) ? new URL(value).protocol : ''
  if (protocol === 'http:' || protocol === 'https:') return value
  throw new UserError(
    `FIRN_FEED_${name}=${value}: no http or https URL`,
    'give the whole address of the mirror, or off',
  )
}

function one(url: string | undefined, make: (url: string) => Feed): Feed[] {
  return url === undefined ? [] : [make(url)]
}

function each(url: string | undefined, names: readonly string[], make: (url: string, name: string) => Feed): Feed[] {
  return url === undefined ? [] : names.map((name) => make(url.replaceAll('{}', encodeURIComponent(name)), name))
}

/** Names separated by white space or commas. */
function list(text: string, variable: string): string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  for (const name of names) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{0,59}$/.test(name)) {
      throw new UserError(`${variable}: ${JSON.stringify(name)} is no name`, 'separate the names with spaces')
    }
  }
  return [...new Set(names)]
}

/** The NVD has a feed a year, from 2002 on, and one of what changed in the last eight days. */
function nvdParts(): string[] {
  const years = new Date().getUTCFullYear() - 2002 + 1
  return ['modified', ...Array.from({ length: years }, (_, year) => String(2002 + year))]
}
