import type { RulingStatus, SharedDecision } from '@firn/scan'

/** What a maintainer decided; `id` counts up, and of two on the same thing the later counts. */
export interface StoredDecision extends SharedDecision {
  readonly id: number
}

/** A row of the table; `until` is `expires` as text, since drivers make local midnights of days. */
export interface DecisionRow {
  readonly id: number
  readonly vulnerability: string
  readonly attribute: string
  readonly versions: string | null
  readonly channel: string | null
  readonly status: RulingStatus
  readonly justification: string | null
  readonly statement: string | null
  readonly author: string
  readonly created: Date
  readonly until: string | null
}

export function fromRow(row: DecisionRow): StoredDecision {
  const { id, vulnerability, attribute, versions, channel, status, justification, statement, author, created, until } =
    row
  return {
    id,
    vulnerability,
    attribute,
    ...(versions === null ? {} : { versions }),
    ...(channel === null ? {} : { channel }),
    status,
    ...(justification === null ? {} : { justification }),
    ...(statement === null ? {} : { statement }),
    author,
    created: created.toISOString(),
    ...(until === null ? {} : { expires: until }),
  }
}
