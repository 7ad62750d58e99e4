/**
 * The order of versions as advisories mean it. It is not Nix's `compareVersions`: there `1.0-rc1` comes after `1.0`
 * and `70.0` before `70.0.0`. No order fits every project, so the answer may also be: incomparable.
 */

/** What a version text is: only releases lie on a line. */
export type VersionKind = 'release' | 'snapshot' | 'commit' | 'other'

export interface Version {
  readonly text: string
  readonly kind: VersionKind
  /** A release line of its own (BIND's `-S1`): comparable only with its like. */
  readonly edition?: string
  /** Day of a snapshot, `2024-01-02`, where it says so. */
  readonly date?: string
  /** For a snapshot: elements of the release it follows. */
  readonly elements: readonly Element[]
}

/** A number, a word before the release (alpha), or a word after it (p, post, a letter). */
interface Element {
  readonly rank: typeof PRE | typeof ZERO | typeof POST | typeof NUMBER
  /** Digits without leading zeros, or the word's place among its like. */
  readonly key: string
}

const PRE = 0
const ZERO = 1
const POST = 2
const NUMBER = 3
const END: Element = { rank: ZERO, key: '' }

/** Words that come before the release, in their order (PEP 440 has dev < a < b < rc; the others fall in between). */
const BEFORE: Readonly<Record<string, number>> = {
  dev: 0,
  devel: 0,
  nightly: 0,
  snapshot: 0,
  canary: 0,
  alpha: 1,
  a: 1,
  beta: 2,
  b: 2,
  m: 3,
  milestone: 3,
  ea: 3,
  pre: 3,
  preview: 3,
  prerelease: 3,
  tp: 3,
  c: 4,
  cr: 4,
  rc: 4,
}

/** Words that say nothing about the order: `1.0.0.Final` is `1.0.0`. */
const SILENT = new Set([
  'final',
  'ga',
  'release',
  'stable',
  'lts',
  'esr',
  'jre',
  'android',
  'incubating',
  'src',
  'source',
  'full',
  'community',
])

const CACHE = new Map<string, Version>()
const CACHE_LIMIT = 50_000

/**
 * -1, 0 or 1 as `a` is before, the same as or after `b`; undefined when no order is defined between them. `scheme` is
 * the record's `versionType`: `semver` reads every `-suffix` as a pre-release, all others are read alike.
 */
export function compareVersions(a: string, b: string, scheme?: string): -1 | 0 | 1 | undefined {
  if (a === b) return 0
  if (scheme === 'semver') {
    const answer = compareSemver(a, b)
    if (answer !== undefined) return answer
  }
  return compareParsed(parseVersion(a), parseVersion(b))
}

/** Take a version text apart. Never throws; what has no number is of kind `other`. */
export function parseVersion(text: string): Version {
  const known = CACHE.get(text)
  if (known !== undefined) return known
  const version = read(text)
  if (CACHE.size >= CACHE_LIMIT) CACHE.clear()
  CACHE.set(text, version)
  return version
}

function compareParsed(a: Version, b: Version): -1 | 0 | 1 | undefined {
  if (a.kind === 'commit' || b.kind === 'commit' || a.kind === 'other' || b.kind === 'other') return undefined
  if (a.edition !== b.edition) return undefined
  if (a.kind === 'snapshot' && b.kind === 'snapshot') return compareSnapshots(a, b)
  const order = compareElements(a.elements, b.elements)
  // A snapshot is somewhere after the release it follows; how far, nobody says.
  if (a.kind === 'snapshot') return order === -1 ? undefined : 1
  if (b.kind === 'snapshot') return order === 1 ? undefined : -1
  return order
}

function compareSnapshots(a: Version, b: Version): -1 | 0 | 1 | undefined {
  if (compareElements(a.elements, b.elements) !== 0) return undefined
  if (a.date === undefined || b.date === undefined) return undefined
  return sign(a.date < b.date ? -1 : a.date > b.date ? 1 : 0)
}

/** Element by element; the shorter one goes on with zeros, so that trailing zeros are equal. */
function compareElements(a: readonly Element[], b: readonly Element[]): -1 | 0 | 1 {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i] ?? END
    const y = b[i] ?? END
    if (x.rank !== y.rank) return x.rank < y.rank ? -1 : 1
    const order = compareKeys(x.key, y.key)
    if (order !== 0) return order
  }
  return 0
}

/** By length first: right for digits without leading zeros, and for letters as OpenSSL counts them (w, z, za). */
function compareKeys(a: string, b: string): -1 | 0 | 1 {
  return sign(a.length - b.length || (a < b ? -1 : a > b ? 1 : 0))
}

const COMMIT = /^(?=.*[a-f])[0-9a-f]{7,64}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$/
const SNAPSHOT = /^(?:(.*?)[-_.+~])?unstable(?:[-_.](\d{4})[-_.]?(\d\d)[-_.]?(\d\d))?/
const EDITION = /^(\d+(?:\.\d+)+)-s(\d+)$/

function read(text: string): Version {
  const word = text.trim().toLowerCase()
  if (COMMIT.test(word)) return { text, kind: 'commit', elements: [] }
  const snapshot = SNAPSHOT.exec(word)
  if (snapshot !== null) {
    const [, base = '', year, month, day] = snapshot
    const date = year === undefined ? undefined : `${year}-${month}-${day}`
    return { text, kind: 'snapshot', elements: elementsOf(base), ...(date !== undefined && { date }) }
  }
  if (!/\d/.test(word)) return { text, kind: 'other', elements: [] }
  const edition = EDITION.exec(word)
  if (edition !== null) {
    return { text, kind: 'release', edition: 's', elements: elementsOf(`${edition[1]}.0.${edition[2]}`) }
  }
  return { text, kind: 'release', elements: elementsOf(word) }
}

function elementsOf(word: string): Element[] {
  const { epoch, body, build } = split(word)
  const tokens = body.match(/\d+|[a-z]+/g) ?? []
  const elements: Element[] = [numberElement(epoch)]
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (/^\d/.test(token)) elements.push(...numberElements(token))
    else if (!SILENT.has(token)) pushWord(elements, token, tokens[i + 1])
  }
  if (build !== undefined) elements.push({ rank: POST, key: '' }, numberElement(build))
  return elements
}

/** Take off the epoch (`1!2.0`, `1:2.0`), a name or `v` in front, and build metadata, which does not count. */
function split(word: string): { epoch: string; body: string; build?: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+)[!:])?(.*)$/s.exec(word) ?? []
  const [numbers = '', ...metadata] = rest.split('+')
  // Rancher counts its own releases of one Kubernetes version behind the plus.
  const build = /^(?:k3s|rke2r)(\d+)/.exec(metadata[0] ?? '')?.[1]
  const body = numbers.replace(/^[^\d]+/, '')
  return { epoch, body, ...(build !== undefined && { build }) }
}

/** A day written as one number (`20240501`) is the same as `2024-05-01`. */
function numberElements(digits: string): Element[] {
  const day = /^((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.exec(digits)
  return (day === null ? [digits] : day.slice(1)).map(numberElement)
}

function numberElement(digits: string): Element {
  const key = digits.replace(/^0+/, '')
  return key === '' ? END : { rank: NUMBER, key }
}

function pushWord(elements: Element[], word: string, next: string | undefined): void {
  const before = Object.hasOwn(BEFORE, word) ? BEFORE[word] : undefined
  // One letter is a pre-release only with a number behind it: Python's 3.13.0a2, but OpenSSL's 1.1.1a.
  const counted = next !== undefined && /^\d/.test(next)
  if (before === undefined || (word.length === 1 && !counted)) {
    elements.push({ rank: POST, key: word })
    return
  }
  // 1.0.0rc1 and 1.0rc1 are the same.
  while (elements.length > 1 && elements.at(-1)!.rank === ZERO) elements.pop()
  elements.push({ rank: PRE, key: String(before) })
}

const SEMVER = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9a-z.-]+))?(?:\+.*)?$/i

/** Precedence by Semantic Versioning 2.0.0, section 11; undefined when either is not of that form. */
function compareSemver(a: string, b: string): -1 | 0 | 1 | undefined {
  const x = SEMVER.exec(a)
  const y = SEMVER.exec(b)
  if (x === null || y === null) return undefined
  for (const i of [1, 2, 3]) {
    const order = compareElements([numberElement(x[i]!)], [numberElement(y[i]!)])
    if (order !== 0) return order
  }
  if (x[4] === undefined || y[4] === undefined) return sign(Number(x[4] === undefined) - Number(y[4] === undefined))
  return compareIdentifiers(x[4].split('.'), y[4].split('.'))
}

function compareIdentifiers(a: readonly string[], b: readonly string[]): -1 | 0 | 1 {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const x = a[i]!
    const y = b[i]!
    const numeric = [x, y].map((identifier) => /^\d+$/.test(identifier))
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1
    const order = numeric[0]
      ? compareElements([numberElement(x)], [numberElement(y)])
      : sign(x < y ? -1 : x > y ? 1 : 0)
    if (order !== 0) return order
  }
  return sign(a.length - b.length)
}

function sign(n: number): -1 | 0 | 1 {
  return n < 0 ? -1 : n > 0 ? 1 : 0
}
