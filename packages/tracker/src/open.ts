import { UserError } from '@firn/core'
import { useNetworkSettings, withoutCredentials } from '@firn/core/download'
import { makeFolder } from '@firn/core/fs'
import { type Database, openDatabase } from './db/database.ts'
import { lockFolder } from './db/lock.ts'
import { addDecision, listDecisions } from './domain/decisions.ts'
import { dropChannel } from './domain/dropChannel.ts'
import { declareFeeds } from './domain/feeds.ts'
import { openReading, type Reading } from './domain/reading.ts'
import type { TrackerControl } from './jobs/control.ts'
import { connectControl } from './jobs/control-client.ts'
import { exportIndex } from './jobs/export.ts'
import { type Feed, feedsOf } from './jobs/feeds.ts'
import type { IngestProgress } from './jobs/ingest.ts'
import { placeOf, socketOf, spoolOf, type TrackerPlace } from './jobs/place.ts'
import { IngestionQueue } from './jobs/queue.ts'
import { Spool } from './jobs/spool.ts'
import { type SyncWork, syncFeed } from './jobs/sync.ts'

export interface OpenOptions {
  /** firn's own version. */
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Stops what is under way, after its batch. */
  readonly signal: AbortSignal
}

/** A tracker whose data this process owns. */
export interface Tracker {
  readonly db: Database
  readonly spool: Spool
  readonly queue: IngestionQueue
  readonly reading: Reading
  readonly control: TrackerControl
  /** Make the feeds of the environment known, and get ready to ask them. */
  useFeeds(): Promise<readonly Feed[]>
  syncWork(onProgress?: (progress: IngestProgress) => void): SyncWork
  /** Abort `signal` first, when something may be under way. */
  close(): Promise<void>
}

/**
 * Open the tracker's folder and database, as the environment says. One process owns the folder; a UserError names the
 * pid of another that does.
 */
export async function openTracker({ version, env, signal }: OpenOptions): Promise<Tracker> {
  const place = placeOf(env)
  makeFolder(place.folder, 0o700)
  // The embedded database's own lock is on the same folder.
  const unlock = 'url' in place.database ? lockFolder(place.folder) : () => {}
  let db: Database | undefined
  try {
    db = await openDatabase(place.database)
    return assemble(db, place, { version, env, signal }, unlock)
  } catch (error) {
    await db?.close()
    unlock()
    throw error
  }
}

function assemble(
  db: Database,
  place: TrackerPlace,
  { version, env, signal }: OpenOptions,
  unlock: () => void,
): Tracker {
  const spool = new Spool(spoolOf(place))
  const queue = new IngestionQueue(db, spool, signal)
  const reading = openReading(db, { version })
  let feeds: Promise<readonly Feed[]> | undefined
  const useFeeds = () => {
    feeds ??= prepareFeeds(db, env)
    return feeds
  }
  const syncWork: Tracker['syncWork'] = (onProgress) => ({
    db,
    spool,
    queue,
    signal,
    ...(env.FIRN_GITHUB_TOKEN && { githubToken: env.FIRN_GITHUB_TOKEN }),
    ...(onProgress !== undefined && { onProgress }),
  })
  const control: TrackerControl = {
    importFile: (file, onProgress) => queue.add(file, onProgress),
    sync: async (names, onProgress, onOutcome) => {
      for (const feed of chosen(await useFeeds(), names)) onOutcome(await syncFeed(syncWork(onProgress), feed))
    },
    status: () => reading.status(),
    decide: (decision) => addDecision(db, decision),
    decisions: ({ attribute, vulnerability }) =>
      listDecisions(db, {
        ...(attribute !== undefined && { attribute }),
        ...(vulnerability !== undefined && { vulnerabilities: [vulnerability] }),
      }),
    dropChannel: (channel) => dropUnfollowed(db, channel, env),
    exportIndex: (path, onProgress) => exportIndex(db, path, { signal, onProgress }),
  }
  const close = async () => {
    await queue.idle()
    await db.close()
    unlock()
  }
  return { db, spool, queue, reading, control, useFeeds, syncWork, close }
}

export interface ReachOptions extends OpenOptions {
  /** When this process has to own the tracker: finish first what an earlier one left behind, and tell how that goes. */
  readonly finish?: {
    readonly onProgress: (progress: IngestProgress) => void
    /** It stays for the next start, or, when the file is at fault, is given up. */
    readonly onFailure: (origin: string, error: UserError) => void
  }
}

/** The process that owns the tracker, if one runs, else this one. */
export async function reachTracker(
  options: ReachOptions,
): Promise<{ readonly control: TrackerControl; close(): Promise<void> }> {
  const place = placeOf(options.env)
  const running = await connectControl(socketOf(place), options.signal)
  if (running !== undefined) return { control: running, close: async () => {} }
  const tracker = await openTracker(options)
  const { finish } = options
  if (finish !== undefined) {
    for await (const { file, error } of tracker.queue.resume(finish.onProgress)) {
      if (error instanceof UserError) finish.onFailure(file.origin, error)
      else if (error !== undefined) throw error
    }
    await tracker.queue.rematch(finish.onProgress)
  }
  return tracker
}

async function prepareFeeds(db: Database, env: OpenOptions['env']): Promise<readonly Feed[]> {
  const feeds = feedsOf(env)
  useNetworkSettings(env)
  await declareFeeds(
    db,
    feeds.map((feed) => ({ ...feed, url: withoutCredentials(feed.url) })),
  )
  return feeds
}

/** One that is followed would be back after the next hour. */
async function dropUnfollowed(db: Database, channel: string, env: OpenOptions['env']): Promise<number> {
  if (feedsOf(env).some((feed) => feed.channel === channel)) {
    throw new UserError(`${channel} is followed: it would be fetched again`, 'take it out of FIRN_CHANNELS first')
  }
  return dropChannel(db, channel)
}

function chosen(feeds: readonly Feed[], names: readonly string[]): readonly Feed[] {
  if (names.length === 0) return feeds
  return names.map((name) => {
    const feed = feeds.find((each) => each.name === name || each.channel === name)
    if (feed !== undefined) return feed
    throw new UserError(`there is no feed '${name}'`, `choose from: ${feeds.map((each) => each.name).join(', ')}`)
  })
}
