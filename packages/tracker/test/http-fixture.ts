import type { Reading } from '../src/domain/reading.ts'
import type { StoredDecision } from '../src/domain/storedDecision.ts'
import type {
  ChannelSummary,
  ChannelView,
  CveSummary,
  CveView,
  FeedStatus,
  FrontView,
  PackageMatch,
  PackageView,
  StatusView,
} from '../src/domain/views.ts'

/** The hour of the pages under test. */
export const NOW = new Date('2024-07-20T12:00:00Z')

/** One that was outdone by a later one, which has expired. */
const DECISIONS: readonly StoredDecision[] = [
  {
    id: 1,
    vulnerability: 'CVE-2024-5535',
    attribute: 'openssl',
    status: 'under_investigation',
    author: 'Ada',
    created: '2024-07-01T08:00:00.000Z',
  },
  {
    id: 2,
    vulnerability: 'CVE-2024-5535',
    attribute: 'openssl',
    versions: '< 3.0.14',
    channel: 'nixos-24.05',
    status: 'not_affected',
    justification: 'vulnerable_code_not_in_execute_path',
    statement: 'Nothing in nixpkgs calls it with an empty list.',
    author: 'Ada',
    created: '2024-07-02T08:00:00.000Z',
    expires: '2024-07-20',
  },
]

/** Texts of our own about real CVEs; ids, dates, vectors, versions and references are those of the records. */
export const OPENSSL: CveView = {
  id: 'CVE-2024-5535',
  title: 'SSL_select_next_proto buffer overread',
  summary: 'Calling SSL_select_next_proto with an empty list of client protocols may read beyond the buffer.',
  description:
    'Calling the OpenSSL function SSL_select_next_proto with an empty list of client protocols may crash or send up to 255 bytes of private memory to the peer.\n\nOnly applications that call this function with an empty list are affected, which is usually a mistake of configuration or programming.\nThe FIPS modules are not affected.',
  state: 'PUBLISHED',
  published: '2024-06-27T10:30:53.118Z',
  updated: '2024-07-12T14:05:00.000Z',
  assigner: 'openssl',
  replacedBy: [],
  aliases: ['GHSA-4fc7-mvrr-wv2c'],
  tags: [],
  knownExploited: false,
  epss: 0.0421,
  severity: { score: 9.1, rating: 'critical' },
  severities: [
    {
      provider: 'CISA-ADP',
      version: '3.1',
      vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:H',
      score: 9.1,
      rating: 'critical',
    },
    {
      provider: 'redhat',
      version: '3.1',
      vector: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:L',
      score: 4.8,
      rating: 'medium',
    },
  ],
  epssDetail: { score: 0.0421, percentile: 0.921, date: '2024-07-19' },
  ssvc: { Exploitation: 'none', Automatable: 'yes', 'Technical Impact': 'partial' },
  weaknesses: [{ id: 'CWE-200', name: 'CWE-200 Exposure of sensitive information to an unauthorized actor' }],
  references: [
    { url: 'https://www.openssl.org/news/secadv/20240627.txt', name: 'OpenSSL Advisory', tags: ['vendor-advisory'] },
    {
      url: 'https://github.com/openssl/openssl/commit/99fb785a5f85315b95288921a321a935ea29a51e',
      name: '3.3.2 git commit',
      tags: ['patch'],
    },
    { url: 'http://www.openwall.com/lists/oss-security/2024/06/27/1', tags: [] },
  ],
  statements: [
    {
      source: 'cna',
      provider: 'openssl',
      vendor: 'OpenSSL',
      product: 'OpenSSL',
      defaultStatus: 'unaffected',
      versions: [
        { status: 'affected', version: '3.3.0', lessThan: '3.3.2', scheme: 'semver' },
        { status: 'affected', version: '3.2.0', lessThan: '3.2.3', scheme: 'semver' },
        { status: 'affected', version: '3.0.0', lessThan: '3.0.15', scheme: 'semver' },
        { status: 'affected', version: '1.1.1', lessThan: '1.1.1za', scheme: 'custom' },
      ],
      at: 'containers.cna.affected[0]',
    },
    {
      source: 'nvd',
      provider: 'nvd@nist.gov',
      vendor: 'openssl',
      product: 'openssl',
      cpes: ['cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*'],
      versions: [{ status: 'affected', version: '3.0.0', lessThanOrEqual: '3.0.14' }],
      at: 'configurations[0].nodes[0].cpeMatch[0]',
    },
  ],
  matches: [
    {
      attribute: 'openssl',
      pname: 'openssl',
      verdict: 'affected',
      fixedIn: '3.0.15',
      channels: [
        { channel: 'nixos-unstable', version: '3.0.14', verdict: 'patched' },
        { channel: 'nixos-unstable-small', version: '3.0.14', verdict: 'patched' },
        { channel: 'nixos-24.05', version: '3.0.14', verdict: 'affected' },
        { channel: 'nixos-23.11', version: '3.0.13', verdict: 'affected' },
      ],
      evidence: [
        {
          kind: 'identity',
          text: 'The CPE of the package, cpe:2.3:a:openssl:openssl, is the one the record names.',
          source: 'meta.identifiers.cpe',
        },
        {
          kind: 'range',
          text: '3.0.14 is at or above 3.0.0 and below 3.0.15.',
          source: 'CVE-2024-5535 containers.cna.affected[0].versions[2]',
        },
        {
          kind: 'patch',
          text: 'In nixos-unstable a patch named CVE-2024-5535.patch is applied.',
          source: 'https://github.com/NixOS/nixpkgs/blob/master/pkgs/development/libraries/openssl/default.nix',
        },
      ],
    },
    {
      attribute: 'openssl_3_3',
      pname: 'openssl',
      verdict: 'affected',
      fixedIn: '3.3.2',
      channels: [{ channel: 'nixos-unstable', version: '3.3.1', verdict: 'affected' }],
      evidence: [
        {
          kind: 'range',
          text: '3.3.1 is at or above 3.3.0 and below 3.3.2.',
          source: 'CVE-2024-5535 containers.cna.affected[0].versions[0]',
        },
      ],
    },
    {
      attribute: 'boringssl',
      pname: 'boringssl',
      verdict: 'undetermined',
      reason: 'unstable_version',
      channels: [
        {
          channel: 'nixos-unstable',
          version: '0-unstable-2024-05-07',
          verdict: 'undetermined',
          reason: 'unstable_version',
        },
      ],
      evidence: [{ kind: 'identity', text: 'The record names BoringSSL as a fork that holds the same function.' }],
    },
  ],
  matchesTotal: 3,
  decisions: DECISIONS,
  records: [
    { source: 'cve', id: 'CVE-2024-5535', imported: '2024-07-20T09:12:00Z' },
    { source: 'nvd', id: 'CVE-2024-5535', imported: '2024-07-19T23:00:00Z' },
  ],
}

export const XZ: CveView = {
  id: 'CVE-2024-3094',
  title: 'Malicious code in the release archives of xz',
  summary: 'The release archives of xz 5.6.0 and 5.6.1 hold code that their repository does not.',
  description:
    'The release archives of xz 5.6.0 and 5.6.1 hold code that their repository does not. While liblzma is built, it puts an object file into the library that changes functions of programs which load it.',
  state: 'PUBLISHED',
  published: '2024-03-29T16:51:12.588Z',
  updated: '2024-05-02T01:14:19.000Z',
  assigner: 'redhat',
  replacedBy: [],
  aliases: [],
  tags: ['disputed'],
  knownExploited: true,
  epss: 0.861,
  severity: { score: 10, rating: 'critical' },
  severities: [
    {
      provider: 'redhat',
      version: '3.1',
      vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H',
      score: 10,
      rating: 'critical',
    },
  ],
  kev: {
    dateAdded: '2024-04-02',
    dueDate: '2024-04-23',
    requiredAction: 'Go back to a release before 5.6.0, or stop using the product.',
    ransomware: true,
    notes: ['https://tukaani.org/xz-backdoor/'],
  },
  epssDetail: { score: 0.861, percentile: 0.9987, date: '2024-07-19' },
  weaknesses: [{ id: 'CWE-506', name: 'Embedded malicious code' }],
  references: [{ url: 'https://www.openwall.com/lists/oss-security/2024/03/29/4', tags: ['mailing-list'] }],
  statements: [
    {
      source: 'cna',
      provider: 'redhat',
      packageName: 'xz',
      versions: [
        { status: 'affected', version: '5.6.0' },
        { status: 'affected', version: '5.6.1' },
      ],
      at: 'containers.cna.affected[0]',
    },
  ],
  matches: [
    {
      attribute: 'xz',
      pname: 'xz',
      verdict: 'not_affected',
      channels: [
        { channel: 'nixos-unstable', version: '5.6.2', verdict: 'not_affected' },
        { channel: 'nixos-unstable-small', version: '5.6.2', verdict: 'not_affected' },
        { channel: 'nixos-24.05', version: '5.4.6', verdict: 'not_affected' },
        { channel: 'nixos-23.11', version: '5.4.4', verdict: 'not_affected' },
      ],
      evidence: [{ kind: 'range', text: 'The record names 5.6.0 and 5.6.1 alone; 5.6.2 is neither.' }],
    },
  ],
  matchesTotal: 1,
  decisions: [],
  records: [{ source: 'cve', id: 'CVE-2024-3094', imported: '2024-07-20T09:12:00Z' }],
}

export const REJECTED: CveView = {
  ...bare('CVE-2024-2000', 'Rejected: a duplicate.'),
  state: 'REJECTED',
  rejectedReason: 'This id is a duplicate of CVE-2024-5535 and must not be used.',
  replacedBy: ['CVE-2024-5535'],
}

/** A record that names no product: nothing can be compared. */
export const NAMELESS: CveView = bare('CVE-2024-2001', 'A flaw in something.')

/** A record whose product no channel has. */
export const ABSENT: CveView = {
  ...bare('CVE-2024-2002', 'A flaw in a router.'),
  statements: [
    {
      source: 'cna',
      provider: 'vendor',
      vendor: 'Router Co',
      product: 'R1',
      versions: [],
      at: 'containers.cna.affected[0]',
    },
  ],
}

export const HOSTILE_TEXT = '"><script>alert(1)</script><img src=x onerror=alert(2)> \' \u202egnp.exe\u2066 \u0007'

/** A record that attacks the page in every field that is text. */
export const HOSTILE: CveView = {
  ...bare('CVE-2024-6666', HOSTILE_TEXT),
  title: HOSTILE_TEXT,
  assigner: HOSTILE_TEXT,
  tags: [HOSTILE_TEXT],
  aliases: [HOSTILE_TEXT],
  weaknesses: [{ id: 'CWE-79', name: HOSTILE_TEXT }],
  ssvc: { [HOSTILE_TEXT]: HOSTILE_TEXT },
  references: [
    { url: 'javascript:alert(3)', name: 'javascript link', tags: [HOSTILE_TEXT] },
    { url: 'data:text/html,<script>alert(4)</script>', tags: [] },
    { url: `https://example.org/${HOSTILE_TEXT}`, name: HOSTILE_TEXT, tags: [] },
    { url: ' JaVaScRiPt:alert(5)', tags: [] },
  ],
  severities: [{ provider: HOSTILE_TEXT, version: '3.1', vector: HOSTILE_TEXT, score: 6.1, rating: 'medium' }],
  statements: [
    {
      source: 'cna',
      provider: HOSTILE_TEXT,
      vendor: HOSTILE_TEXT,
      product: HOSTILE_TEXT,
      versions: [{ status: 'affected', version: HOSTILE_TEXT, changes: [{ at: HOSTILE_TEXT, status: 'unaffected' }] }],
      at: HOSTILE_TEXT,
    },
  ],
  matches: [
    {
      attribute: HOSTILE_TEXT,
      verdict: 'affected',
      fixedIn: HOSTILE_TEXT,
      channels: [{ channel: HOSTILE_TEXT, version: HOSTILE_TEXT, verdict: 'affected' }],
      evidence: [{ kind: 'range', text: HOSTILE_TEXT, source: 'javascript:alert(6)' }],
    },
  ],
  matchesTotal: 1,
  decisions: [
    {
      id: 1,
      vulnerability: HOSTILE_TEXT,
      attribute: HOSTILE_TEXT,
      versions: HOSTILE_TEXT,
      channel: HOSTILE_TEXT,
      status: 'affected',
      justification: HOSTILE_TEXT,
      statement: HOSTILE_TEXT,
      author: HOSTILE_TEXT,
      created: '2024-07-02T08:00:00.000Z',
      expires: '2025-01-01',
    },
  ],
}

function bare(id: string, summary: string): CveView {
  return {
    id,
    summary,
    description: summary,
    state: 'PUBLISHED',
    published: '2024-07-01T00:00:00Z',
    knownExploited: false,
    replacedBy: [],
    aliases: [],
    tags: [],
    severities: [],
    weaknesses: [],
    references: [],
    statements: [],
    matches: [],
    matchesTotal: 0,
    decisions: [],
    records: [{ source: 'cve', id, imported: '2024-07-20T09:12:00Z' }],
  }
}

export const CHANNELS: readonly ChannelSummary[] = [
  channelOf('nixos-unstable', '693bc46d169f5af9c992095736e82c3488bf7dbb', '2024-07-20T04:00:00Z', 102_331, 312, 84),
  channelOf(
    'nixos-unstable-small',
    '8d1cb8ee67b0c9e5a5a5a4a5f4c8e5f3b9d1e0c2',
    '2024-07-20T06:00:00Z',
    102_340,
    309,
    84,
  ),
  channelOf('nixos-24.05', '1e3deb3d8a86a870d925760db1a5adecc64d329d', '2024-07-18T04:00:00Z', 98_412, 421, 97),
  channelOf('nixos-23.11', '205fd4226592cc83fd4c0885a3e4c9c400efabb5', '2024-07-14T04:00:00Z', 92_790, 655, 120),
]

function channelOf(
  name: string,
  revision: string,
  imported: string,
  packages: number,
  affected: number,
  undetermined: number,
): ChannelSummary {
  return { name, revision, imported, packages, affected, undetermined }
}

export const FEEDS: readonly FeedStatus[] = [
  {
    name: 'CVE list',
    url: 'https://github.com/CVEProject/cvelistV5',
    lastAttempt: '2024-07-20T11:02:00Z',
    lastSuccess: '2024-07-20T11:02:00Z',
    newestRecord: '2024-07-20T10:48:00Z',
    records: 254_310,
    state: 'fresh',
  },
  {
    name: 'KEV',
    url: 'https://www.cisa.gov/known-exploited-vulnerabilities-catalog',
    lastAttempt: '2024-07-20T11:00:00Z',
    lastSuccess: '2024-07-20T11:00:00Z',
    newestRecord: '2024-07-17',
    records: 1_134,
    state: 'fresh',
  },
]

export const LATE_FEEDS: readonly FeedStatus[] = [
  ...FEEDS,
  {
    name: 'EPSS',
    url: 'https://epss.cyentia.com/epss_scores-current.csv.gz',
    lastAttempt: '2024-07-20T11:00:00Z',
    lastSuccess: '2024-07-11T11:00:00Z',
    lastError: { at: '2024-07-20T11:00:00Z', message: 'epss.cyentia.com answered 403 Forbidden' },
    newestRecord: '2024-07-11',
    records: 248_021,
    state: 'failing',
  },
  { name: 'NVD', records: 0, state: 'never' },
]

export const STATUS: StatusView = {
  version: '0.1.0',
  database: 'pglite',
  feeds: LATE_FEEDS,
  ingestions: [
    {
      id: '3',
      kind: 'packages',
      origin: 'nixos-unstable/packages.json.br',
      state: 'running',
      started: '2024-07-20T11:58:30Z',
      done: 61_200,
      total: 102_331,
      counts: { added: 12, changed: 341, removed: 3 },
    },
    {
      id: '2',
      kind: 'cve delta',
      origin: '2024-07-20_delta_CVEs_at_1100Z.zip',
      state: 'done',
      started: '2024-07-20T11:02:00Z',
      finished: '2024-07-20T11:02:04Z',
      done: 289,
      total: 289,
      counts: { new: 41, updated: 247, aside: 1 },
    },
    {
      id: '1',
      kind: 'epss',
      origin: 'https://epss.cyentia.com/epss_scores-current.csv.gz',
      state: 'failed',
      started: '2024-07-20T11:00:00Z',
      done: 0,
      counts: {},
      error: 'answered 403 Forbidden',
    },
  ],
  aside: [
    {
      origin: '2024-07-20_delta_CVEs_at_1100Z.zip',
      name: 'CVE-2024-41009.json',
      error: 'containers.cna.affected is not a list',
      at: '2024-07-20T11:02:02Z',
    },
  ],
  asideTotal: 1,
  counts: { cves: 254_310, packages: 118_002, channels: 4, matches: 18_231 },
}

function summaryOf(cve: CveView): CveSummary {
  const { id, title, summary, published, severity, knownExploited, epss } = cve
  return {
    id,
    summary,
    knownExploited,
    ...(title === undefined ? {} : { title }),
    ...(published === undefined ? {} : { published }),
    ...(severity === undefined ? {} : { severity }),
    ...(epss === undefined ? {} : { epss }),
  }
}

const SEVERITIES = [
  { score: 7.5, rating: 'high' },
  { score: 5.3, rating: 'medium' },
  { score: 9.8, rating: 'critical' },
  { score: 3.1, rating: 'low' },
] as const

export const FRONT: FrontView = {
  counts: { cves: 254_310, packages: 118_002, channels: 4 },
  channels: CHANNELS,
  recent: [
    { cve: summaryOf(OPENSSL), attributes: ['openssl', 'openssl_3_3'], more: 0 },
    ...['curl', 'ffmpeg', 'linux_6_9', 'postgresql', 'redis', 'vim'].map((attribute, index) => ({
      cve: {
        id: `CVE-2024-${39_100 + index}`,
        summary: `A crafted input makes ${attribute} write beyond the end of a buffer. Whoever can send it can stop the program, or run code of their own with its rights.`,
        published: `2024-07-1${9 - index}T08:00:00Z`,
        knownExploited: index === 2,
        ...(index === 3 ? {} : { severity: SEVERITIES[index % SEVERITIES.length]! }),
      },
      attributes: [attribute, `${attribute}Minimal`],
      more: index * 3,
    })),
    { cve: summaryOf(XZ), attributes: ['xz'], more: 0 },
  ],
  feeds: FEEDS,
}

export const PACKAGE: PackageView = {
  attribute: 'openssl',
  pname: 'openssl',
  description: 'A cryptographic library that implements the SSL and TLS protocols',
  homepages: ['https://www.openssl.org/'],
  position: 'pkgs/development/libraries/openssl/default.nix:262',
  licences: ['OpenSSL', 'Apache-2.0'],
  maintainers: ['thillux'],
  knownVulnerabilities: [],
  channels: [
    { channel: 'nixos-unstable', version: '3.0.14', since: '2024-06-10T04:00:00Z' },
    { channel: 'nixos-unstable-small', version: '3.0.14', since: '2024-06-09T04:00:00Z' },
    { channel: 'nixos-24.05', version: '3.0.14', since: '2024-06-12T04:00:00Z' },
    { channel: 'nixos-23.11', version: '3.0.13', since: '2024-02-02T04:00:00Z' },
  ],
  history: [
    { channel: 'nixos-unstable', version: '3.0.14', since: '2024-06-10T04:00:00Z' },
    { channel: 'nixos-24.05', version: '3.0.14', since: '2024-06-12T04:00:00Z' },
    ...Array.from({ length: 14 }, (_, index) => ({
      channel: 'nixos-unstable',
      version: `3.0.${13 - index}`,
      since: `202${3 - Math.floor(index / 12)}-${String(12 - (index % 12)).padStart(2, '0')}-02T04:00:00Z`,
      until: `202${3 - Math.floor(index / 12)}-${String(12 - (index % 12)).padStart(2, '0')}-28T04:00:00Z`,
    })),
  ],
  cves: [
    { ...summaryOf(OPENSSL), match: OPENSSL.matches[0]! },
    {
      ...summaryOf(XZ),
      id: 'CVE-2023-5678',
      title: 'Excessive time in DH key generation',
      knownExploited: false,
      severity: { score: 5.3, rating: 'medium' },
      match: { ...XZ.matches[0]!, attribute: 'openssl', verdict: 'patched' },
    },
  ],
  cvesTotal: 2,
  decisions: DECISIONS,
}

export function channelView(name: string, page: number, pageSize = 50, total = 312): ChannelView | undefined {
  const summary = CHANNELS.find((channel) => channel.name === name)
  if (summary === undefined) return undefined
  const first = (page - 1) * pageSize
  const length = Math.max(0, Math.min(pageSize, total - first))
  return {
    ...summary,
    evaluations: [
      {
        ...(summary.revision === undefined ? {} : { revision: summary.revision }),
        imported: '2024-07-20T04:00:00Z',
        packages: 102_331,
        added: 41,
        changed: 388,
        removed: 7,
      },
      { imported: '2024-07-18T04:00:00Z', packages: 102_297, added: 12, changed: 290, removed: 3 },
    ],
    matches: Array.from({ length }, (_, index) => pair(name, first + index)),
    matchesTotal: total,
    page,
    pageSize,
  }
}

function pair(channel: string, index: number): { cve: CveSummary; match: PackageMatch } {
  const cve = index === 0 ? summaryOf(XZ) : index === 1 ? summaryOf(OPENSSL) : FRONT.recent[2 + (index % 5)]!.cve
  const attribute = `package-${index}`
  return {
    cve: index < 2 ? cve : { ...cve, id: `CVE-2024-${10_000 + index}` },
    match: {
      attribute,
      verdict: 'affected',
      channels: [{ channel, version: `1.${index}`, verdict: 'affected' }],
      evidence: [{ kind: 'range', text: `1.${index} is below 2.0.` }],
      ...(index % 3 === 0 ? {} : { fixedIn: '2.0' }),
    },
  }
}

const CVES = [OPENSSL, XZ, REJECTED, NAMELESS, ABSENT, HOSTILE]

/** Answers from the data above, without a database. */
export function fakeReading(changes: Partial<Reading> = {}): Reading {
  return {
    front: async () => FRONT,
    cve: async (id) => CVES.find((cve) => cve.id === id),
    packageView: async (attribute) => (attribute === PACKAGE.attribute ? PACKAGE : undefined),
    channels: async () => CHANNELS,
    channel: async (name, page) => channelView(name, page),
    status: async () => ({ ...STATUS, feeds: FEEDS }),
    search: async (query, page) => ({
      query,
      cves: CVES.filter((cve) => cve.description.toLowerCase().includes(query.toLowerCase())).map(summaryOf),
      packages: [PACKAGE].filter((found) => found.attribute.includes(query)),
      page,
      more: page === 1 && query === 'a',
    }),
    match: async ({ components }) => ({
      advisories: { records: 254_310, updated: '2024-07-20T11:02:00Z', newest: '2024-07-20T10:48:00Z' },
      matches: components.map((_component, component) => ({
        component,
        advisory: { id: OPENSSL.id, aliases: OPENSSL.aliases },
        decision: { verdict: 'affected', evidence: OPENSSL.matches[0]!.evidence, fixedIn: '3.0.15' },
      })),
    }),
    resolve: async (paths) =>
      paths.map((path) => ({ path, attribute: 'openssl', name: 'openssl-3.0.14', cpes: [], purls: [] })),
    ...changes,
  }
}

/** The answers of a tracker that has just been installed. */
export function emptyReading(): Reading {
  return fakeReading({
    front: async () => ({ counts: { cves: 0, packages: 0, channels: 0 }, channels: [], recent: [], feeds: [] }),
    cve: async () => undefined,
    packageView: async () => undefined,
    channels: async () => [],
    channel: async () => undefined,
    status: async () => ({
      ...STATUS,
      feeds: [{ name: 'CVE list', records: 0, state: 'never' }],
      ingestions: [],
      aside: [],
      asideTotal: 0,
      counts: { cves: 0 },
    }),
    search: async (query, page) => ({ query, cves: [], packages: [], page, more: false }),
  })
}
