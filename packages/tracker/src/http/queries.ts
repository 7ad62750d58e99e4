import type { MatchRequest, MatchResponse } from '@firn/scan'
import type { ResolvedPath } from '../domain/answers.ts'
import type {
  ChannelSummary,
  ChannelView,
  CveView,
  FrontView,
  PackageView,
  SearchView,
  StatusView,
} from '../domain/views.ts'

/**
 * What the pages and the API ask of the domain. Absent answers are undefined, never an error; lists are in display
 * order; `page` counts from 1.
 */
export interface Queries {
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
