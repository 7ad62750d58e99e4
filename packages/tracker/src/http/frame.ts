import type { Reading } from '../domain/reading.ts'
import type { ChannelSummary, FeedStatus } from '../domain/views.ts'

/** What every page needs beside its own model: the hour, and how old the data is. */
export interface Frame {
  readonly now: Date
  readonly version: string
  readonly channels: readonly ChannelSummary[]
  readonly feeds: readonly FeedStatus[]
  /** How many CVEs there are, wherever they came from. */
  readonly cves: number
}

/** For how many ms a frame may be shown again: long enough to spare the database, too short to be noticed. */
const KEPT = 2_000

/** Frames for one app, asked of the domain at most once in `KEPT` ms however many pages are printed. */
export function frames(reading: Reading, now: () => Date): () => Promise<Frame> {
  let asked = Number.NEGATIVE_INFINITY
  let answer: Promise<Omit<Frame, 'now'>> | undefined
  return async () => {
    const moment = now()
    if (answer === undefined || moment.getTime() - asked >= KEPT) {
      asked = moment.getTime()
      answer = ask(reading)
      answer.catch(() => {
        answer = undefined
      })
    }
    return { ...(await answer), now: moment }
  }
}

async function ask(reading: Reading): Promise<Omit<Frame, 'now'>> {
  const [channels, status] = await Promise.all([reading.channels(), reading.status()])
  return { channels, feeds: status.feeds, version: status.version, cves: status.counts.cves ?? 0 }
}

/** The newest date in any feed's own data. */
export function newestRecord(frame: Frame): string | undefined {
  return latest(frame.feeds.map((feed) => feed.newestRecord))
}

/** When the data was last brought up to date by any feed. */
export function lastUpdate(frame: Frame): string | undefined {
  return latest(frame.feeds.map((feed) => feed.lastSuccess))
}

function latest(moments: readonly (string | undefined)[]): string | undefined {
  return moments
    .filter((moment) => moment !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1)
}
