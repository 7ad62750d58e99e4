import { join } from 'node:path'
import { planReleases } from '@firn/advisories'
import { EXIT, UserError } from '@firn/core'
import { download, fetchText, useNetworkSettings } from '@firn/core/download'
import type { Io } from '../command.ts'
import type { ProgressBar } from '../progress.ts'

/** The usual addresses; the variables are those of the tracker: a mirror's address, or `off`. */
const FEEDS = {
  FIRN_FEED_CVE: 'https://api.github.com/repos/CVEProject/cvelistV5/releases',
  FIRN_FEED_KEV: 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
  FIRN_FEED_EPSS: 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz',
} as const

const LIMIT = 4 * 2 ** 30
const MAX_RELEASES = 64 * 2 ** 20

/** A feed that was fetched. The caller removes the file. */
export interface Fetched {
  readonly name: string
  readonly file: string
}

/**
 * Fetch all CVE records (the bulk and the delta since), CISA's catalogue and FIRST's scores into `folder`. The records
 * are needed; what else cannot be had is told to `warn`. Mirrors, proxies and FIRN_CA_FILE are honoured.
 */
export async function downloadFeeds(
  folder: string,
  io: Io,
  bar: ProgressBar,
  warn: (message: string) => void,
): Promise<Fetched[]> {
  useNetworkSettings(io.env)
  const fetched: Fetched[] = []
  for (const { name, url } of await recordFiles(io)) fetched.push(await fetchFeed(url, name, folder, io, bar))
  for (const [name, variable] of [
    ['KEV', 'FIRN_FEED_KEV'],
    ['EPSS', 'FIRN_FEED_EPSS'],
  ] as const) {
    if (io.env[variable] === 'off') continue
    try {
      fetched.push(await fetchFeed(io.env[variable] || FEEDS[variable], name, folder, io, bar))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      warn(`${name} is left out: ${error.message}`)
    }
  }
  return fetched
}

/** A mirror may hold a zip itself; else it answers as GitHub's list of releases. */
async function recordFiles(io: Io): Promise<readonly { readonly name: string; readonly url: string }[]> {
  const url = io.env.FIRN_FEED_CVE || FEEDS.FIRN_FEED_CVE
  if (/\.(zip|json)$/.test(URL.parse(url)?.pathname ?? '')) return [{ name: 'CVE records', url }]
  return planReleases(await offeringFiles(() => fetchText(url, { signal: io.signal, limit: MAX_RELEASES })), undefined)
}

/** Fetch one file into `folder`. */
export async function fetchFeed(url: string, name: string, folder: string, io: Io, bar: ProgressBar): Promise<Fetched> {
  const file = join(folder, `download-${process.pid}-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.tmp`)
  const onProgress = (done: number, total?: number) =>
    bar.show({ label: `fetching ${name}`, done, ...(total === undefined ? {} : { total }) })
  try {
    await offeringFiles(() => download(url, file, { signal: io.signal, limit: LIMIT, onProgress }))
    return { name, file }
  } finally {
    bar.close()
  }
}

/** Without a network there is another way, and the hint names it. */
async function offeringFiles<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof UserError) || error.exit !== EXIT.data) throw error
    throw new UserError(error.message, `${error.hint}; or give files: firn scan --update --from FILE`, EXIT.data)
  }
}
