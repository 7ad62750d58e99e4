import { someCves } from './domain/someCves.ts'
import { createApp } from './http/app.ts'
import { checkPort, type Listening, listen } from './http/server.ts'
import { warmUp } from './http/warm-up.ts'
import { controlApp } from './jobs/control.ts'
import type { Feed } from './jobs/feeds.ts'
import type { IngestProgress } from './jobs/ingest.ts'
import { placeOf, socketOf } from './jobs/place.ts'
import { spoolSample } from './jobs/sample.ts'
import { keepInSync } from './jobs/schedule.ts'
import type { SyncOutcome } from './jobs/sync.ts'
import { type Log, type LogLevel, openLog } from './log.ts'
import { type OpenOptions, openTracker, type Tracker } from './open.ts'

export interface ServeOptions extends OpenOptions {
  readonly host?: string
  readonly port: number
  /** Ask the feeds in the background. */
  readonly sync: boolean
  /** Fill an empty database with the bundled sample. */
  readonly sample: boolean
  readonly log: LogLevel
  /** Of the sample alone: nobody waits for the rest. */
  readonly onProgress: (progress: IngestProgress) => void
  /** Called once, when pages answer and the sample is in. */
  readonly onReady: (url: string) => void
}

/** Linux: sun_path has 108 bytes, the last a zero. */
const LONGEST_SOCKET = 107

/**
 * Run the tracker until `signal` is aborted: pages and API, the private socket by which `firn tracker` reaches this
 * process, what earlier processes left unfinished, and the feeds. Then let requests under way end, stop imports after
 * their batch (the next start goes on with them), and close the database.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { signal } = options
  const log = openLog(options.log)
  const onFault = (error: unknown, url?: string) =>
    log.error({ error, ...(url !== undefined && { url }) }, 'a fault of ours')
  // To open a database takes seconds, to load the sample more: who has to choose another port hears of it at once.
  await checkPort(options.host, options.port)
  const tracker = await openTracker(options)
  const listening: Listening[] = []
  const background: Promise<unknown>[] = []
  try {
    const app = createApp(tracker.reading, { version: options.version, onFailure: onFault })
    const place = { port: options.port, ...(options.host !== undefined && { host: options.host }) }
    const pages = await listen(app, place)
    listening.push(pages)
    const socket = socketOf(placeOf(options.env))
    if (Buffer.byteLength(socket) > LONGEST_SOCKET) {
      log.warn({ socket }, 'the path is too long for a socket: firn tracker cannot reach this process')
    } else listening.push(await listen(controlApp(tracker.control, onFault), { socket }))
    // Now, so that a bad setting is told before anybody is served.
    const feeds = options.sync ? await tracker.useFeeds() : []
    if (options.sample) await loadSample(tracker, options)
    await warmUp(pages.url, await someCves(tracker.db), signal)
    if (!signal.aborted) {
      options.onReady(pages.url)
      log.info({ url: pages.url, database: tracker.db.kind }, 'ready')
      background.push(work(tracker, feeds, signal, log))
    }
    await aborted(signal)
    log.info({}, 'stopping')
  } finally {
    await Promise.all(listening.map((each) => each.close()))
    await Promise.allSettled(background)
    await tracker.close()
  }
}

async function loadSample(tracker: Tracker, { signal, onProgress }: ServeOptions): Promise<void> {
  try {
    for (const file of await spoolSample(tracker.db, tracker.spool)) await tracker.queue.run(file, onProgress)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** What was left unfinished comes first, then the feeds for as long as the process runs. */
async function work(tracker: Tracker, feeds: readonly Feed[], signal: AbortSignal, log: Log): Promise<void> {
  for await (const { file, error } of tracker.queue.resume()) {
    if (error === undefined) log.info({ file: file.origin }, 'finished what was interrupted')
    else log.error({ file: file.origin, error }, 'could not finish what was interrupted')
  }
  await remakeMatches(tracker, signal, log)
  if (feeds.length > 0) await keepInSync(tracker.syncWork(), feeds, (outcome) => tell(outcome, log))
}

/** After an update of firn. Another server on the same database may be at it already, or we are stopped: no fault. */
async function remakeMatches({ queue }: Tracker, signal: AbortSignal, log: Log): Promise<void> {
  try {
    if (await queue.rematch()) log.info({}, 'made all matches anew: the matcher had changed')
  } catch (error) {
    if (!signal.aborted) log.warn({ error }, 'could not make all matches anew; the next start tries again')
  }
}

function tell({ feed, state, message, fault }: SyncOutcome, log: Log): void {
  if (state !== 'failed') log.info({ feed, state }, 'feed asked')
  else log.warn({ feed, error: fault ?? message }, 'feed failed')
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
