import { planReleases } from '@firn/advisories'
import { UserError } from '@firn/core'
import { download, fetchText, withoutCredentials } from '@firn/core/download'
import type { Database } from '../db/database.ts'
import { type FeedMemory, feedAttempted, feedFailed, feedMemory, feedSucceeded } from '../domain/feeds.ts'
import type { Feed } from './feeds.ts'
import type { IngestProgress } from './ingest.ts'
import type { IngestionQueue } from './queue.ts'
import type { GivenFile, Spool } from './spool.ts'

/** What fetching a feed needs. */
export interface SyncWork {
  readonly db: Database
  readonly spool: Spool
  readonly queue: IngestionQueue
  readonly signal: AbortSignal
  /** For the GitHub API, which lets the nameless ask 60 times an hour. */
  readonly githubToken?: string
  readonly onProgress?: (progress: IngestProgress) => void
}

export interface SyncOutcome {
  readonly feed: string
  readonly state: 'updated' | 'unchanged' | 'failed'
  readonly message?: string
  /** What was thrown, when it was no UserError. */
  readonly fault?: unknown
}

/**
 * Ask a feed once and bring in what is new. Whatever goes wrong is written down in the feed's status and told in the
 * outcome, for the next feed has its turn all the same; only an abort is thrown. `known` is what made the feed due: when
 * another server asked since, it is not asked again.
 */
export async function syncFeed(work: SyncWork, feed: Feed, known?: FeedMemory): Promise<SyncOutcome> {
  const memory = known ?? (await feedMemory(work.db, feed.name))
  // Somebody else is at it, and will write down what comes of it.
  if (!(await feedAttempted(work.db, feed.name, memory))) return { feed: feed.name, state: 'unchanged' }
  try {
    const isNew = await FETCH[feed.how](work, feed, memory)
    return { feed: feed.name, state: isNew ? 'updated' : 'unchanged' }
  } catch (error) {
    if (work.signal.aborted) throw error
    const message = (error as Error).message
    await feedFailed(work.db, feed.name, message)
    return { feed: feed.name, state: 'failed', message, ...(!(error instanceof UserError) && { fault: error }) }
  }
}

type Fetch = (work: SyncWork, feed: Feed, memory: FeedMemory) => Promise<boolean>

const FETCH: Readonly<Record<Feed['how'], Fetch>> = {
  file: (work, feed, memory) => fetchFile(work, feed, feed.url, memory, {}),
  channel: async (work, feed, memory) => {
    const revision = (await fetchText(`${feed.url}/git-revision`, { signal: work.signal, limit: 1000 })).trim()
    if (!/^[0-9a-f]{40}$/.test(revision)) {
      throw new UserError(`${feed.name}: git-revision is no commit`, 'check FIRN_FEED_CHANNELS and the proxy', 3)
    }
    return fetchFile(work, feed, `${feed.url}/packages.json.br`, memory, { revision })
  },
  'cve-releases': fetchReleases,
}

/** One file that is asked for with what is remembered of the last answer. */
async function fetchFile(
  work: SyncWork,
  feed: Feed,
  url: string,
  last: FeedMemory,
  more: Pick<GivenFile, 'revision'>,
): Promise<boolean> {
  const temporary = work.spool.temporary()
  const got = await download(url, temporary, { ...fetching(work, feed, nameOf(url)), last })
  if (got === undefined) {
    await feedSucceeded(work.db, feed.name, validatorsOf(last))
    return false
  }
  await ingestDownload(work, feed, temporary, nameOf(got.url), { ...more, validators: validatorsOf(got) })
  return true
}

/** The state that the last file led to takes the place of an ETag: it names what we have. */
async function fetchReleases(work: SyncWork, feed: Feed, { etag }: FeedMemory): Promise<boolean> {
  const headers = { accept: 'application/vnd.github+json', ...authorization(work, feed.url) }
  const list = `${feed.url}${feed.url.includes('?') ? '&' : '?'}per_page=100`
  const steps = planReleases(await fetchText(list, { signal: work.signal, limit: 32 * 2 ** 20, headers }), etag)
  if (steps.length === 0) await feedSucceeded(work.db, feed.name, etag === undefined ? {} : { etag })
  for (const step of steps) {
    if (feed.url.startsWith('https:') && !step.url.startsWith('https:')) {
      throw new UserError(`${step.url}: an address without https in the list of ${feed.url}`, 'check FIRN_FEED_CVE', 3)
    }
    const temporary = work.spool.temporary()
    await download(step.url, temporary, fetching(work, feed, step.name))
    // Remembered step by step: when the next fails, this one need not come again.
    await ingestDownload(work, feed, temporary, step.name, { validators: { etag: step.leadsTo } })
  }
  return steps.length > 0
}

async function ingestDownload(
  work: SyncWork,
  feed: Feed,
  temporary: string,
  origin: string,
  more: Pick<GivenFile, 'revision' | 'validators'>,
): Promise<void> {
  const channel = feed.channel === undefined ? {} : { channel: feed.channel }
  const file = await work.spool.adopt(temporary, { origin, feed: feed.name, ...channel, ...more })
  await work.queue.run(file, work.onProgress)
}

function fetching(work: SyncWork, feed: Feed, name: string) {
  const label = `fetching ${name}`
  return {
    signal: work.signal,
    limit: feed.limit,
    onProgress: (done: number, total?: number) =>
      work.onProgress?.({ label, done, ...(total !== undefined && { total }) }),
  }
}

/** The token goes to GitHub and to no mirror. */
function authorization({ githubToken }: SyncWork, url: string): Record<string, string> {
  const isGitHub = new URL(url).origin === 'https://api.github.com'
  return isGitHub && githubToken !== undefined ? { authorization: `Bearer ${githubToken}` } : {}
}

function validatorsOf({ etag, lastModified }: { readonly etag?: string; readonly lastModified?: string }) {
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) }
}

/** An address without its query, which may hold a signature of a storage service. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(withoutCredentials(url))
  return `${host}${pathname}`
}
