import type { Evidence } from '@firn/report'
import type { ReasonCode, Statement, Verdict } from '@firn/scan'
import type { StoredDecision } from './storedDecision.ts'

/**
 * What the pages and the API show, as plain data: dates are ISO 8601 strings in UTC, lists are in display order.
 * Queries in this folder make these; http/ only prints them.
 */

export interface Severity {
  readonly provider: string
  /** CVSS version: `2.0`, `3.0`, `3.1`, `4.0`. */
  readonly version: string
  readonly vector: string
  /** 0.0 to 10.0, computed from the vector. */
  readonly score: number
  readonly rating: 'none' | 'low' | 'medium' | 'high' | 'critical'
}

export interface CveSummary {
  readonly id: string
  readonly title?: string
  readonly summary: string
  readonly published?: string
  readonly severity?: { readonly score: number; readonly rating: Severity['rating'] }
  readonly knownExploited: boolean
  readonly epss?: number
}

/** A package version in one channel and what the matcher says of it. */
export interface ChannelVerdict {
  readonly channel: string
  readonly version?: string
  readonly verdict: Verdict
  readonly reason?: ReasonCode
}

/** Why we think a package is (not) affected: one suggestion, over all channels. */
export interface PackageMatch {
  readonly attribute: string
  readonly pname?: string
  readonly channels: readonly ChannelVerdict[]
  /** The worst verdict over the channels. */
  readonly verdict: Verdict
  readonly reason?: ReasonCode
  readonly evidence: readonly Evidence[]
  readonly fixedIn?: string
}

export interface CveView extends CveSummary {
  readonly state: 'PUBLISHED' | 'REJECTED'
  readonly description: string
  readonly updated?: string
  readonly assigner?: string
  readonly rejectedReason?: string
  readonly replacedBy: readonly string[]
  readonly aliases: readonly string[]
  readonly tags: readonly string[]
  readonly severities: readonly Severity[]
  readonly kev?: {
    readonly dateAdded: string
    readonly dueDate: string
    readonly requiredAction: string
    readonly ransomware: boolean
    readonly notes: readonly string[]
  }
  readonly epssDetail?: { readonly score: number; readonly percentile: number; readonly date: string }
  /** CISA's SSVC answers, where the record has them. */
  readonly ssvc?: Readonly<Record<string, string>>
  readonly weaknesses: readonly { readonly id?: string; readonly name: string }[]
  readonly references: readonly { readonly url: string; readonly name?: string; readonly tags: readonly string[] }[]
  readonly statements: readonly Statement[]
  /** At most `MATCHES_SHOWN` of `matchesTotal`. */
  readonly matches: readonly PackageMatch[]
  readonly matchesTotal: number
  /** What maintainers decided of it, oldest first: expired and outdone ones too. */
  readonly decisions: readonly StoredDecision[]
  /** Which records this is built from: `cve`, `nvd`, `osv` with their ids. */
  readonly records: readonly { readonly source: string; readonly id: string; readonly imported: string }[]
}

export interface PackageView {
  readonly attribute: string
  readonly pname?: string
  readonly description?: string
  readonly homepages: readonly string[]
  readonly position?: string
  readonly licences: readonly string[]
  readonly maintainers: readonly string[]
  readonly knownVulnerabilities: readonly string[]
  /** The version each channel has now. */
  readonly channels: readonly { readonly channel: string; readonly version?: string; readonly since: string }[]
  /** Change intervals, newest first; `until` is absent while current. */
  readonly history: readonly {
    readonly channel: string
    readonly version?: string
    readonly since: string
    readonly until?: string
  }[]
  readonly cves: readonly (CveSummary & { readonly match: PackageMatch })[]
  readonly cvesTotal: number
  /** What maintainers decided of it, oldest first: expired and outdone ones too. */
  readonly decisions: readonly StoredDecision[]
}

export interface ChannelSummary {
  readonly name: string
  readonly revision?: string
  /** When the package set was imported. */
  readonly imported?: string
  readonly packages: number
  /** Distinct (CVE, package) pairs by verdict. */
  readonly affected: number
  readonly undetermined: number
}

export interface ChannelView extends ChannelSummary {
  readonly evaluations: readonly {
    readonly revision?: string
    readonly imported: string
    readonly packages: number
    readonly added: number
    readonly changed: number
    readonly removed: number
  }[]
  /** One page of affected pairs, most urgent first (known exploited, then score, then newest). */
  readonly matches: readonly { readonly cve: CveSummary; readonly match: PackageMatch }[]
  readonly matchesTotal: number
  readonly page: number
  readonly pageSize: number
}

export interface FeedStatus {
  readonly name: string
  readonly url?: string
  readonly lastAttempt?: string
  readonly lastSuccess?: string
  readonly lastError?: { readonly at: string; readonly message: string }
  /** The newest date in the feed's own data. */
  readonly newestRecord?: string
  readonly records: number
  /** `never`, `fresh`, `stale` (older than it should be), `failing` (the last attempt failed). */
  readonly state: 'never' | 'fresh' | 'stale' | 'failing'
}

export interface IngestionStatus {
  readonly id: string
  readonly kind: string
  readonly origin: string
  readonly state: 'queued' | 'running' | 'done' | 'failed'
  readonly started?: string
  readonly finished?: string
  readonly done: number
  readonly total?: number
  readonly counts: Readonly<Record<string, number>>
  readonly error?: string
}

export interface StatusView {
  readonly version: string
  readonly database: 'pglite' | 'postgresql'
  readonly feeds: readonly FeedStatus[]
  readonly ingestions: readonly IngestionStatus[]
  /** Records that could not be read, kept aside: newest first, at most 50. */
  readonly aside: readonly {
    readonly origin: string
    readonly name: string
    readonly error: string
    readonly at: string
  }[]
  readonly asideTotal: number
  readonly counts: Readonly<Record<string, number>>
}

export interface SearchView {
  readonly query: string
  readonly cves: readonly CveSummary[]
  readonly packages: readonly { readonly attribute: string; readonly pname?: string; readonly description?: string }[]
  readonly page: number
  readonly more: boolean
}

export interface FrontView {
  readonly counts: Readonly<Record<string, number>>
  readonly channels: readonly ChannelSummary[]
  /** The newest CVEs with an affected package in some channel. */
  readonly recent: readonly {
    readonly cve: CveSummary
    readonly attributes: readonly string[]
    readonly more: number
  }[]
  readonly feeds: readonly FeedStatus[]
}
