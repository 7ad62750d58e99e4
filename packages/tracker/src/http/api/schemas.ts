import { z } from '@hono/zod-openapi'

/**
 * The answers of the web API, as schemas: the OpenAPI document is made from them. They say the same as
 * domain/views.ts and the matcher's model; a test of types keeps them equal.
 */

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly()
const counts = z.record(z.string(), z.number())
const when = z.string().openapi({
  anyOf: [{ format: 'date-time' }, { format: 'date' }],
  description: 'RFC 3339, UTC; a bare date where only the day is known',
})

const rating = z.enum(['none', 'low', 'medium', 'high', 'critical'])
const verdict = z.enum(['affected', 'not_affected', 'patched', 'different_product', 'undetermined'])
const reason = z.enum([
  'no_version',
  'unstable_version',
  'incomparable_versions',
  'no_ranges',
  'git_ranges_only',
  'status_unknown',
  'product_unproven',
  'branch_not_listed',
  'edition_unknown',
  'only_unaffected_listed',
])
const status = z.enum(['affected', 'unaffected', 'unknown'])

const Evidence = z.object({ kind: z.string(), text: z.string(), source: z.string().optional() }).openapi('Evidence')

const Severity = z
  .object({ provider: z.string(), version: z.string(), vector: z.string(), score: z.number(), rating })
  .openapi('Severity')

const VersionRow = z
  .object({
    status,
    version: z.string().optional(),
    above: z.string().optional(),
    lessThan: z.string().optional(),
    lessThanOrEqual: z.string().optional(),
    changes: list(z.object({ at: z.string(), status })).optional(),
    scheme: z.string().optional(),
  })
  .openapi('VersionRow')

const Statement = z
  .object({
    source: z.enum(['cna', 'adp', 'cpe-applicability', 'nvd', 'osv', 'text']),
    provider: z.string(),
    vendor: z.string().optional(),
    product: z.string().optional(),
    packageName: z.string().optional(),
    collectionUrl: z.string().optional(),
    purl: z.string().optional(),
    ecosystem: z.string().optional(),
    repo: z.string().optional(),
    cpes: list(z.string()).optional(),
    platforms: list(z.string()).optional(),
    defaultStatus: status.optional(),
    versions: list(VersionRow),
    at: z.string(),
  })
  .openapi('Statement')

const cveSummary = {
  id: z.string(),
  title: z.string().optional(),
  summary: z.string(),
  published: when.optional(),
  severity: z.object({ score: z.number(), rating }).optional(),
  knownExploited: z.boolean(),
  epss: z.number().optional(),
}
const CveSummary = z.object(cveSummary).openapi('CveSummary')

const ChannelVerdict = z
  .object({ channel: z.string(), version: z.string().optional(), verdict, reason: reason.optional() })
  .openapi('ChannelVerdict')

const PackageMatch = z
  .object({
    attribute: z.string(),
    pname: z.string().optional(),
    channels: list(ChannelVerdict),
    verdict,
    reason: reason.optional(),
    evidence: list(Evidence),
    fixedIn: z.string().optional(),
  })
  .openapi('PackageMatch')

const MadeDecision = z
  .object({
    id: z.number(),
    vulnerability: z.string(),
    attribute: z.string(),
    versions: z.string().optional(),
    channel: z.string().optional(),
    status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
    justification: z.string().optional(),
    statement: z.string().optional(),
    author: z.string(),
    created: when,
    expires: z.string().optional().openapi({ format: 'date' }),
  })
  .openapi('MadeDecision')

export const Cve = z
  .object({
    ...cveSummary,
    state: z.enum(['PUBLISHED', 'REJECTED']),
    description: z.string(),
    updated: when.optional(),
    assigner: z.string().optional(),
    rejectedReason: z.string().optional(),
    replacedBy: list(z.string()),
    aliases: list(z.string()),
    tags: list(z.string()),
    severities: list(Severity),
    kev: z
      .object({
        dateAdded: when,
        dueDate: when,
        requiredAction: z.string(),
        ransomware: z.boolean(),
        notes: list(z.string()),
      })
      .optional(),
    epssDetail: z.object({ score: z.number(), percentile: z.number(), date: when }).optional(),
    ssvc: z.record(z.string(), z.string()).optional(),
    weaknesses: list(z.object({ id: z.string().optional(), name: z.string() })),
    references: list(z.object({ url: z.string(), name: z.string().optional(), tags: list(z.string()) })),
    statements: list(Statement),
    matches: list(PackageMatch),
    matchesTotal: z.number(),
    decisions: list(MadeDecision),
    records: list(z.object({ source: z.string(), id: z.string(), imported: when })),
  })
  .openapi('Cve')

export const Package = z
  .object({
    attribute: z.string(),
    pname: z.string().optional(),
    description: z.string().optional(),
    homepages: list(z.string()),
    position: z.string().optional(),
    licences: list(z.string()),
    maintainers: list(z.string()),
    knownVulnerabilities: list(z.string()),
    channels: list(z.object({ channel: z.string(), version: z.string().optional(), since: when })),
    history: list(
      z.object({ channel: z.string(), version: z.string().optional(), since: when, until: when.optional() }),
    ),
    cves: list(z.object({ ...cveSummary, match: PackageMatch })),
    cvesTotal: z.number(),
    decisions: list(MadeDecision),
  })
  .openapi('Package')

const channelSummary = {
  name: z.string(),
  revision: z.string().optional(),
  imported: when.optional(),
  packages: z.number(),
  affected: z.number(),
  undetermined: z.number(),
}
const ChannelSummary = z.object(channelSummary).openapi('ChannelSummary')
export const Channels = list(ChannelSummary).openapi('Channels')

export const Channel = z
  .object({
    ...channelSummary,
    evaluations: list(
      z.object({
        revision: z.string().optional(),
        imported: when,
        packages: z.number(),
        added: z.number(),
        changed: z.number(),
        removed: z.number(),
      }),
    ),
    matches: list(z.object({ cve: CveSummary, match: PackageMatch })),
    matchesTotal: z.number(),
    page: z.number(),
    pageSize: z.number(),
  })
  .openapi('Channel')

const FeedStatus = z
  .object({
    name: z.string(),
    url: z.string().optional(),
    lastAttempt: when.optional(),
    lastSuccess: when.optional(),
    lastError: z.object({ at: when, message: z.string() }).optional(),
    newestRecord: when.optional(),
    records: z.number(),
    state: z.enum(['never', 'fresh', 'stale', 'failing']),
  })
  .openapi('FeedStatus')

const IngestionStatus = z
  .object({
    id: z.string(),
    kind: z.string(),
    origin: z.string(),
    state: z.enum(['queued', 'running', 'done', 'failed']),
    started: when.optional(),
    finished: when.optional(),
    done: z.number(),
    total: z.number().optional(),
    counts,
    error: z.string().optional(),
  })
  .openapi('IngestionStatus')

export const Status = z
  .object({
    version: z.string(),
    database: z.enum(['pglite', 'postgresql']),
    feeds: list(FeedStatus),
    ingestions: list(IngestionStatus),
    aside: list(z.object({ origin: z.string(), name: z.string(), error: z.string(), at: when })),
    asideTotal: z.number(),
    counts,
  })
  .openapi('Status')

export const Search = z
  .object({
    query: z.string(),
    cves: list(CveSummary),
    packages: list(
      z.object({ attribute: z.string(), pname: z.string().optional(), description: z.string().optional() }),
    ),
    page: z.number(),
    more: z.boolean(),
  })
  .openapi('Search')

export const Front = z
  .object({
    counts,
    channels: list(ChannelSummary),
    recent: list(z.object({ cve: CveSummary, attributes: list(z.string()), more: z.number() })),
    feeds: list(FeedStatus),
  })
  .openapi('Front')

/** Bounds of what a stranger may send: no honest component comes near. */
const text = (length: number) => z.string().max(length)
const texts = (count: number, length = 1_000) => z.array(text(length)).max(count).readonly()

const Component = z
  .object({
    name: text(500),
    pname: text(300).optional(),
    version: text(300).optional(),
    system: text(100).optional(),
    patches: texts(500).optional(),
    sources: texts(100, 2_000).optional(),
    homepages: texts(50, 2_000).optional(),
    attribute: text(300).optional(),
    position: text(500).optional(),
    cpes: texts(50).optional(),
    purls: texts(50).optional(),
    knownVulnerabilities: texts(100, 2_000).optional(),
  })
  .openapi('Component')

/** So many components in one question; a scanner asks for a closure in several. */
const MOST_COMPONENTS = 500
export const MatchQuestion = z
  .object({ components: z.array(Component).max(MOST_COMPONENTS).readonly(), all: z.boolean() })
  .openapi('MatchQuestion')

const Decision = z
  .object({ verdict, reason: reason.optional(), evidence: list(Evidence), fixedIn: z.string().optional() })
  .openapi('Decision')

export const MatchAnswer = z
  .object({
    advisories: z.object({ records: z.number(), updated: when, newest: when.optional() }),
    matches: list(
      z.object({
        component: z.number(),
        advisory: z.object({
          id: z.string(),
          aliases: list(z.string()).optional(),
          title: z.string().optional(),
          description: z.string().optional(),
          severity: z.object({ score: z.number(), vector: z.string(), provider: z.string() }).optional(),
          kev: z.object({ dateAdded: z.string(), ransomware: z.literal(true).optional() }).optional(),
          epss: z.object({ score: z.number(), percentile: z.number() }).optional(),
        }),
        decision: Decision,
      }),
    ),
  })
  .openapi('MatchAnswer')

export const ResolveQuestion = z.object({ paths: texts(2_000, 300) }).openapi('ResolveQuestion')

export const ResolveAnswer = z
  .object({
    packages: list(
      z.object({
        path: z.string(),
        attribute: z.string(),
        name: z.string(),
        pname: z.string().optional(),
        version: z.string().optional(),
        cpes: list(z.string()),
        purls: list(z.string()),
        patches: list(z.string()).optional(),
      }),
    ),
  })
  .openapi('ResolveAnswer')

/** RFC 9457. */
export const Problem = z
  .object({ type: z.string(), title: z.string(), status: z.number(), detail: z.string() })
  .openapi('Problem')
