import type { Evidence } from '@firn/report'

/**
 * One thing that may be vulnerable: a derivation in a closure, a package of a channel, an entry of an SBOM. What is
 * known of it is kept apart by origin, so that identity can be argued from evidence. Unknown is absent, never ''.
 */
export interface Component {
  /** The derivation's name: `openssl-3.0.14`, `python3.12-requests-2.31.0`. */
  readonly name: string
  readonly pname?: string
  readonly version?: string
  /** `x86_64-linux`. */
  readonly system?: string
  /** Base names (hash part removed) and URLs of what is applied to the source. Absent: not known (no .drv at hand). */
  readonly patches?: readonly string[]
  /** Where the source comes from, `mirror://` kept as written. */
  readonly sources?: readonly string[]
  readonly homepages?: readonly string[]
  /** The nixpkgs attribute, `python3Packages.requests`. */
  readonly attribute?: string
  /** The nixpkgs file, without line: `pkgs/development/python-modules/requests/default.nix`. */
  readonly position?: string
  readonly cpes?: readonly string[]
  readonly purls?: readonly string[]
  /** nixpkgs' `meta.knownVulnerabilities`, as written. */
  readonly knownVulnerabilities?: readonly string[]
}

/** Which container of which record speaks; `text`: its words, where no field names a product. */
export type StatementSource = 'cna' | 'adp' | 'cpe-applicability' | 'nvd' | 'osv' | 'text'

export type Status = 'affected' | 'unaffected' | 'unknown'

/** One row of a statement's version list, close to the record. Its meaning is decided in ranges.ts. */
export interface VersionRow {
  readonly status: Status
  /** `version` of the record: a single version, a lower bound, or an expression such as `>= 1.0, < 1.2.3`. */
  readonly version?: string
  /** Lower bound excluded (CPE `versionStartExcluding`). */
  readonly above?: string
  readonly lessThan?: string
  readonly lessThanOrEqual?: string
  /** From `at` on, inside the range, the status is this one. */
  readonly changes?: readonly { readonly at: string; readonly status: Status }[]
  /** `versionType` of the record, lower case: `semver`, `git`, `custom`, `python`. */
  readonly scheme?: string
}

/** What one container says of one product. Small enough to be kept in an index; the record itself has the rest. */
export interface Statement {
  readonly source: StatementSource
  /** Who says so: `redhat`, `CISA-ADP`, `nvd@nist.gov`, `GHSA`. */
  readonly provider: string
  readonly vendor?: string
  readonly product?: string
  readonly packageName?: string
  readonly collectionUrl?: string
  /** Package URL without version. */
  readonly purl?: string
  /** OSV's ecosystem name. */
  readonly ecosystem?: string
  /** Source repository. */
  readonly repo?: string
  readonly cpes?: readonly string[]
  readonly platforms?: readonly string[]
  readonly defaultStatus?: Status
  readonly versions: readonly VersionRow[]
  /** Where in the record: `containers.cna.affected[0]`. */
  readonly at: string
}

/** All that is said of one vulnerability, reduced to what matching needs: from any of CVE, NVD and OSV. */
export interface Advisory {
  /** The CVE id where there is one, else the id of the record (`GO-2024-2687`). */
  readonly id: string
  /** Other ids of the same vulnerability: GHSA, GO, RUSTSEC. */
  readonly aliases: readonly string[]
  readonly title?: string
  /** The beginning of it, some 400 characters: what it is, and on which platform. The record has the whole. */
  readonly description?: string
  readonly statements: readonly Statement[]
  /** Commit ids (at least 7 hex digits) and URLs that the references name as fixes. */
  readonly fixes?: readonly string[]
  /** `github.com/owner/name`: repositories that references lead to and that are called as a product is. */
  readonly repositories?: readonly string[]
  /** The package registry that references lead to, in OSV's words, where it is one alone. */
  readonly registry?: string
  /** Versions that a row lists as affected while the text calls them the fix. */
  readonly fixedVersions?: readonly string[]
  /** `disputed`, `unsupported-when-assigned`, `exclusively-hosted-service`. */
  readonly tags?: readonly string[]
  /** The best score, computed from its vector. */
  readonly severity?: { readonly score: number; readonly vector: string; readonly provider: string }
  /** It is exploited: CISA's catalogue lists it since that day. */
  readonly kev?: { readonly dateAdded: string; readonly ransomware?: true }
  /** FIRST's estimate that it is exploited within 30 days, and the share of CVEs that score no higher; 0 to 1. */
  readonly epss?: { readonly score: number; readonly percentile: number }
  readonly published?: string
  readonly updated?: string
  /** The record was withdrawn: it speaks of nothing. */
  readonly rejected?: true
  /** The ids that stand in its place. */
  readonly replacedBy?: readonly string[]
}

export type Verdict = 'affected' | 'not_affected' | 'patched' | 'different_product' | 'undetermined'

/** Why a verdict is `undetermined`. Each is explained in docs/reference/rules.md. */
export type ReasonCode =
  | 'no_version' // the component's version is not known
  | 'unstable_version' // a snapshot between releases (`0-unstable-2024-01-02`)
  | 'incomparable_versions' // no order is defined between the two
  | 'no_ranges' // the record gives no versions
  | 'git_ranges_only' // the record bounds commits, not versions
  | 'status_unknown' // the record says `unknown`
  | 'product_unproven' // only the name agrees; vendor and ecosystem say nothing
  | 'branch_not_listed' // the record lists branches, not this one
  | 'edition_unknown' // the record speaks of an edition
  | 'only_unaffected_listed' // versions below the first unaffected one

/** The matcher's answer for one component and one advisory, with the whole chain of reasons. */
export interface Decision {
  readonly verdict: Verdict
  /** Set exactly when the verdict is `undetermined`. */
  readonly reason?: ReasonCode
  readonly evidence: readonly Evidence[]
  /** The lowest version from which the record says the flaw is gone, where it says so. */
  readonly fixedIn?: string
}
