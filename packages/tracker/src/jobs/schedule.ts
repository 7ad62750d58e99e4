import { type FeedMemory, feedMemory } from '../domain/feeds.ts'
import type { Feed } from './feeds.ts'
import { type SyncOutcome, type SyncWork, syncFeed } from './sync.ts'

const MINUTE_MS = 60_000

/**
 * When a feed is to be asked next, in ms since 1970: after its interval; after failures at 1, 2, 4… minutes, at most
 * its interval; at once when it never was.
 */
export function dueAt(feed: Pick<Feed, 'everyMinutes'>, memory: FeedMemory): number {
  if (memory.lastAttempt === undefined) return 0
  const minutes = memory.failures === 0 ? feed.everyMinutes : Math.min(feed.everyMinutes, 2 ** (memory.failures - 1))
  return Date.parse(memory.lastAttempt) + minutes * MINUTE_MS
}

/** Ask each feed that is due, one after the other, until `signal` is aborted; `onOutcome` hears of each. */
export async function keepInSync(
  work: SyncWork,
  feeds: readonly Feed[],
  onOutcome: (outcome: SyncOutcome) => void,
): Promise<void> {
  while (!work.signal.aborted) {
    try {
      for (const feed of feeds) {
        const memory = await feedMemory(work.db, feed.name)
        if (dueAt(feed, memory) <= Date.now()) onOutcome(await syncFeed(work, feed, memory))
      }
    } catch (error) {
      if (work.signal.aborted) return
      // The database, most likely: a server that is restarted comes back.
      onOutcome({ feed: 'schedule', state: 'failed', message: (error as Error).message, fault: error })
    }
    await pause(MINUTE_MS, work.signal)
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, milliseconds)
  const stop = () => resolve()
  signal.addEventListener('abort', stop, { once: true })
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  })
}
