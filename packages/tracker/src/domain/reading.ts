import type { Database } from '../db/database.ts'
import type { ChannelSummary, ChannelView, CveView, FrontView, PackageView, SearchView, StatusView } from './views.ts'

/** What the pages and the API ask: `http/queries.ts` has the same shape. */
export interface Reading {
  front(): Promise<FrontView>
  cve(id: string): Promise<CveView | undefined>
  packageView(attribute: string): Promise<PackageView | undefined>
  channels(): Promise<readonly ChannelSummary[]>
  channel(name: string, page: number): Promise<ChannelView | undefined>
  status(): Promise<StatusView>
  search(query: string, page: number): Promise<SearchView>
}

/** The queries over a database; `version` is firn's own. */
export function openReading(_db: Database, _options: { readonly version: string }): Reading {
  throw new Error('filled in by the next commit')
}
