import type { MatchRequest, MatchResponse } from '@firn/scan'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { answerMatch, type ResolvedPath, resolvePaths } from './answers.ts'
import { feedStatuses } from './feeds.ts'
import { readChannel, readChannels } from './readChannel.ts'
import { readCve } from './readCve.ts'
import { readPackage } from './readPackage.ts'
import { search } from './readSearch.ts'
import { frontCounts, readCounts, readRecent, readStatus } from './readStatus.ts'
import type { ChannelSummary, ChannelView, CveView, FrontView, PackageView, SearchView, StatusView } from './views.ts'

/**
 * What the pages and the API ask of the domain; their tests answer without a database. Absent answers are undefined,
 * never an error; lists are in display order; `page` counts from 1.
 */
export interface Reading {
  front(): Promise<FrontView>
  /** `id` in its canonical form, `CVE-2024-5535`. */
  cve(id: string): Promise<CveView | undefined>
  packageView(attribute: string): Promise<PackageView | undefined>
  channels(): Promise<readonly ChannelSummary[]>
  channel(name: string, page: number): Promise<ChannelView | undefined>
  status(): Promise<StatusView>
  /** A package whose attribute is exactly `query` comes first. */
  search(query: string, page: number): Promise<SearchView>
  /** What the matcher says of components that are in no channel: a scanner's question. */
  match(request: MatchRequest): Promise<MatchResponse>
  /** What store paths are, where package sets gave them; unknown ones are left out. */
  resolve(paths: readonly string[]): Promise<readonly ResolvedPath[]>
}

/** Answers from a database; `version` is firn's own. */
export function openReading(db: Database, options: { readonly version: string }): Reading {
  const channels = remembered(db, () => readChannels(db))
  const counts = remembered(db, () => readCounts(db))
  const recent = remembered(db, () => readRecent(db))
  return readersFirst(db, {
    front: async () => {
      const list = await channels()
      return {
        counts: frontCounts(await counts(), list),
        channels: list,
        recent: await recent(),
        feeds: await feedStatuses(db, new Date()),
      }
    },
    cve: (id) => readCve(db, id),
    packageView: (attribute) => readPackage(db, attribute),
    channels,
    channel: async (name, page) => {
      const summary = (await channels()).find((channel) => channel.name === name)
      return summary === undefined ? undefined : readChannel(db, summary, page)
    },
    status: async () => readStatus(db, options.version, await counts()),
    search: (query, page) => search(db, query, page),
    match: (request) => answerMatch(db, request),
    resolve: (paths) => resolvePaths(db, paths),
  })
}

/** The same, each call counted as a reader of the database while it lasts. */
function readersFirst({ readers }: Database, reading: Reading): Reading {
  if (readers === undefined) return reading
  const counted = Object.entries(reading).map(([name, ask]) => [
    name,
    (...words: readonly never[]) =>
      readers.during(() => (ask as (...all: readonly never[]) => Promise<unknown>)(...words)),
  ])
  return Object.fromEntries(counted) as Reading
}

/** Answers that look at whole tables are asked for once a state of the data: every write moves its version. */
function remembered<T>(db: Database, ask: () => Promise<T>): () => Promise<T> {
  let asked: { readonly version: number; readonly answer: Promise<T> } | undefined
  return async () => {
    const { rows } = await sql<{ version: number }>`select version from state`.execute(db.kysely)
    const { version } = rows[0]!
    if (asked?.version !== version) {
      const answer = ask()
      asked = { version, answer }
      // A failure is nothing to remember.
      answer.catch(() => {
        asked = undefined
      })
    }
    return asked!.answer
  }
}
