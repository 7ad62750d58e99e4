import { join } from 'node:path'
import { EXIT, UserError } from '@firn/core'
import { download, fetchText, useNetworkSettings } from '@firn/core/download'
import type { Io } from '../command.ts'
import type { ProgressBar } from '../progress.ts'

/** The CVE program publishes each day's records as an asset of a release, known by its name. */
const RELEASE = 'https://api.github.com/repos/CVEProject/cvelistV5/releases/latest'
const ASSET = /_all_CVEs_at_midnight\.zip\.zip$/
const KEV = 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json'
const EPSS = 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz'

const LIMIT = 4 * 2 ** 30
const MAX_RELEASE = 16 * 2 ** 20

/** A feed that was fetched. The caller removes the file. */
export interface Fetched {
  readonly name: string
  readonly file: string
}

/**
 * Fetch all CVE records, CISA's catalogue and FIRST's scores into `folder`. The records are needed; what else cannot be
 * had is told to `warn`. FIRN_CVE_URL, FIRN_KEV_URL and FIRN_EPSS_URL name mirrors; proxies and FIRN_CA_FILE are
 * honoured.
 */
export async function downloadFeeds(
  folder: string,
  io: Io,
  bar: ProgressBar,
  warn: (message: string) => void,
): Promise<Fetched[]> {
  useNetworkSettings(io.env)
  const fetched = [await fetchFeed(io.env.FIRN_CVE_URL || (await newestAsset(io)), 'CVE records', folder, io, bar)]
  const others = [
    [io.env.FIRN_KEV_URL || KEV, 'KEV'],
    [io.env.FIRN_EPSS_URL || EPSS, 'EPSS'],
  ] as const
  for (const [url, name] of others) {
    try {
      fetched.push(await fetchFeed(url, name, folder, io, bar))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      warn(`${name} is left out: ${error.message}`)
    }
  }
  return fetched
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

async function newestAsset(io: Io): Promise<string> {
  const text = await offeringFiles(() => fetchText(RELEASE, { signal: io.signal, limit: MAX_RELEASE }))
  const found = assetsOf(text).find((url) => ASSET.test(url))
  if (found !== undefined) return found
  throw new UserError(
    `${RELEASE}: the newest release has no bulk zip`,
    'try again later, or name a mirror of it: FIRN_CVE_URL',
    EXIT.data,
  )
}

/** The addresses of a release's files; what is no release has none. */
function assetsOf(text: string): string[] {
  try {
    const release = JSON.parse(text) as { assets?: { browser_download_url?: unknown }[] } | null
    return (release?.assets ?? []).flatMap(({ browser_download_url: url }) => (typeof url === 'string' ? url : []))
  } catch {
    return []
  }
}
