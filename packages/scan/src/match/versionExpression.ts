import { cpeField } from '../identify/cpe.ts'
import type { Statement } from './model.ts'

/** A set of versions between two bounds; a missing bound is open. `prefix` is a branch (`6.1` for `6.1.*`). */
export interface Interval {
  readonly low?: string
  readonly lowExcluded?: boolean
  readonly high?: string
  readonly highIncluded?: boolean
  /** All versions of this branch. Alone: no other bound. */
  readonly prefix?: string
  /** The high bound is the release with the fix. */
  readonly fixed?: boolean
}

/** Longer texts are prose, not versions. */
export const LONGEST = 400
const VERSION = String.raw`(?:v|n|version |r|rel|release[-. ]?)?\d[\w.+~:-]*`
const BEFORE =
  /^(?:versions? )?(?:before|prior to|earlier than|older than|lower than|less than|below|up to \(?(?:excluding|but not including)\)?|until) (?:versions? )?/
const THROUGH =
  /^(?:versions? )?(?:affects? )?(?:through|thru|up to and including|up to \(?including\)?|up to|<=?|at most|no later than) ?(?:versions? )?/
const FIXED =
  /^(?:this (?:issue|flaw|bug) (?:is|was) )?(?:fixed|patched|resolved|corrected|fix(?:ed)?[- ](?:in|version)s?)(?: in| by|:)? (?:versions? )?/

/**
 * Read what people write into a version field: `>= 1.0, < 1.2.3`, `<= 2`, `before 3.4`, `1.2 through 1.4`,
 * `1.2 and earlier`, `all`, `2.x before 2.3`, `Fixed in Foo v1.2`, `prior to 1.2.9, 1.3.4`, `1.2, 1.3, 1.4`,
 * `Foo 1.2.x`. The result is a union; `other` where the text names a product that is not of `words`; undefined where
 * it is none of these.
 */
export function parseVersionExpression(text: string, words: ReadonlySet<string> = new Set()): Parsed {
  if (text.length > LONGEST) return undefined
  const plain = plainWords(plainSigns(text.toLowerCase()))
  if (/^(\*|all|all (known )?(versions?|releases?)|any|any version|every version)$/.test(plain)) return [{}]
  const parts = plain.split(/\s*;\s*/).filter((part) => part !== '')
  return joined(parts.map((part) => labelledPart(part, words)))
}

type Parsed = readonly Interval[] | 'other' | undefined

/** Signs and numbers written one way: `≤`, `v.1.2`, `Ver. 1.2`, `3.0 beta 1`, `1_16_1`, a commit beside a release. */
const plainSigns = (text: string) =>
  text
    .replaceAll('≤', '<=')
    .replaceAll('≥', '>=')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^, ?|^[*\\]+(?=\d)/, '')
    .replace(/\bv(?:er)?\. ?(?=n?\d)|\bver ?(?=\d)/g, '')
    .replace(/(?<=\d) (alpha|beta|rc)[ .-]?(?=\d)/g, '$1')
    .replace(/(?<![\w.])\d+(?:_\d+)+(?!\w)/g, (version) => version.replaceAll('_', '.'))
    .replace(/ and (?:latest )?(?:commit )?[0-9a-f]{40}$|^[0-9a-f]{40} and /, '')
    .replace(/^(v?\d\S*) <= ?versions? (?=<)/, '>= $1, ')

/** Words that say nothing go, and the same thing is said one way. */
const plainWords = (text: string) =>
  text
    .replace(/^affects? (?=[<>=\dv])/, '')
    .replace(/ (?:are|is) affected(?: by this (?:vulnerability|issue))?\.?$/, '')
    .replace(/^(?:all|any) (?:versions?|releases?) (?=up to|through|prior|before|below|until|<)/, '')
    .replace(/^(?:all )?(?:versions?|releases?) of (?:the )?(v?\d[\w.]*) (?:series|branch)$/, '$1.x')
    .replace(/(?<=\d\S*) \((?!affected\b)[^()]{1,40}\)$/, '')
    .replace(/(?<=\d) lts$/, '')
    .replace(/\bstarting with (?=v?\d)/, 'from ')
    // ISC: `Open Source Branch 9.18 9.18.0 through versions before 9.18.7`.
    .replace(/^(?:open source|development) branch(?:es)? .*?(?=v?\d\S* through versions before )/, '')
    .replace(/ through versions before (?=v?\d)/, ' before ')
    .replace(/\bbefore v?\d[\w.]* through (?=v?\d)/, 'through ')
    // `1.3.0 through 1.6.x before 1.6.24`, `2.4 through 9.1 before 9.1.1`.
    .replace(/(?<=\d(?:\.x)?) (?:through|to) v?\d[\w.]* (?=before v?\d)/g, ' ')
    // `v1.11.* up to v1.11.18`
    .replace(/(?<=\d)\.[x*](?= (?:through|up to|before) v?\d)/g, '')
    .replace(/(?<= and (?:earlier|prior|below)) +(?=\d)/g, ', ')
    .replace(/^(v?\d+\.\d+\.\d+)-(?=v?\d+\.\d+\.\d+$)/, '$1 through ')
    .replace(/[.,;]+$/, '')

/** A union of parts, each of which may name its own product; those of other products do not count. */
function joined(parts: readonly Parsed[]): Parsed {
  if (parts.length === 0) return undefined
  const own = parts.filter((part) => part !== 'other')
  if (own.length === 0) return 'other'
  return own.includes(undefined) ? undefined : own.flatMap((part) => part as readonly Interval[])
}

/** Discourse's `stable < 3.2.3` and `beta < 3.3.0.beta4`: what is packed is of the stable channel. */
const CHANNEL = /^(?:(stable|lts)|beta|tests-passed|nightly|unstable) (?=[<>=])/

/**
 * `Java SE: 8u131`, `notebook: >= 7.0.0`, `org.wiremock:wiremock: < 3.0.3`: of another product where the words before the
 * colon are not the product's.
 */
function labelledPart(part: string, words: ReadonlySet<string>): Parsed {
  const path = /^(?:[a-z][\w.-]*: ?|@?[\w.-]+\/)(?=(?<name>[a-z][\w.-]*): ?[<>=])/.exec(part)
  const plain = path !== null && isProduct(path.groups!.name!, words) ? part.slice(path[0].length) : part
  const labelled = /^(?<label>[a-z][a-z0-9 ._()+-]*?): ?(?=[\dvr<>=])(?<rest>.+)$/.exec(plain)?.groups
  if (labelled !== undefined && !isProduct(labelled.label!, words)) return 'other'
  const channel = CHANNEL.exec(plain)
  if (channel !== null) return channel[1] === undefined ? 'other' : parsePlain(plain.slice(channel[0].length), words)
  return parsePlain(labelled?.rest ?? plain, words)
}

function parsePlain(plain: string, words: ReadonlySet<string>): readonly Interval[] | undefined {
  const fixed = FIXED.exec(plain)
  if (fixed !== null) {
    const affected = /^(?<fix>\S+|.* \S+) \(affected (?<range>[^()]+)\)$/.exec(plain.slice(fixed[0].length))?.groups
    return affected === undefined
      ? fixedIn(plain.slice(fixed[0].length), words)
      : parsePlain(affected.range!.replace(/(?<=\d[a-z.\d]*)-(?=v?\d)/, ' through '), words)
  }
  // `Salt masters prior to 3005.2 or 3006.2`: a fix a branch.
  const list = /^(?:[a-z][a-z0-9+.-]* ){0,5}(?:before|prior to) (?<list>.+)$/.exec(plain)?.groups?.list
  const fixes = list === undefined ? undefined : fixedIn(list, words)
  if (fixes !== undefined) return fixes
  const union: Interval[] = []
  for (const part of plain.split(
    /\s*(?:\|\||; | or (?!(?:all )?(?:earlier|prior|below|lower|older|later|above))|\band\b (?=v?\d[\w.]* (?:through|before|to|prior|up)))\s*/,
  )) {
    const found = /[<>=]/.test(part) ? comparators(part, words) : phrases(part, words)
    if (found === undefined) return undefined
    union.push(...found)
  }
  return union.length === 0 ? undefined : union
}

const COMPARATOR =
  /^(?<name>[a-z][a-z0-9 ._-]*? )?(?<op><=|>=|=<|=>|==?|<|>|~>|\^)?\s*(?<own>[a-z][a-z0-9+.-]* (?=v?\d))?(?<version>(?:v|version |r|release-|b(?=\d{3}))?\d[\w.+~:-]*|release\.\d\S*|\*)\s*(?:,|&&|\band\b|&)?\s*/

/** `>= 1.0, < 1.2` is one interval; a lower bound after an upper one begins the next. */
function comparators(text: string, words: ReadonlySet<string>): Interval[] | undefined {
  const found: Interval[] = []
  let low: Interval = {}
  const flush = () => {
    if (low.low !== undefined) found.push(low)
    low = {}
  }
  for (let rest = text.trim(); rest !== ''; ) {
    const match = COMPARATOR.exec(rest)
    if (match === null || !isProduct(`${match.groups!.name ?? ''} ${match.groups!.own ?? ''}`, words)) return undefined
    rest = rest.slice(match[0].length)
    const version = cleanVersion(match.groups!.version!)
    const op = match.groups!.op ?? '='
    if (op === '<') found.push(belowFix(low, version))
    else if (op === '<=' || op === '=<') found.push({ ...low, high: branchEnd(version), highIncluded: true })
    else {
      const isBare = match.groups!.op === undefined
      const branch = /^(?<low>\d[\w.]*?)(?:\.[x*])+$/.exec(version)?.groups?.low
      const begins = isBare && branch !== undefined && rest.startsWith('<')
      if (isBare && !begins && low.low !== undefined) {
        // `>= 3.0.0, 3.5.0`: a sign was forgotten; a single version would be in the range already.
        found.push({ ...low, high: version, fixed: true })
        low = {}
        continue
      }
      flush()
      if (begins) low = { low: branch }
      else if (op === '=' || op === '==') found.push(single(version))
      else low = op === '>' ? { low: version, lowExcluded: true } : { low: version }
      continue
    }
    low = {}
  }
  flush()
  return found.length === 0 ? undefined : found
}

/** `>= 4.2.6, < 4.2.6` means what its branch has before that. */
function belowFix(low: Interval, fix: string): Interval {
  if (low.low !== fix || low.lowExcluded) return { ...low, high: fix, fixed: true }
  return { low: fix.replace(/[.-][^.-]*$/, ''), high: fix, fixed: true }
}

/** `2.6.x` as an upper bound is all of that branch. */
const branchEnd = (version: string) => version.replace(/(?<=\d)\.[x*]$/, '.999999999')

/** Phrases of words, separated by commas. */
function phrases(text: string, words: ReadonlySet<string>): Interval[] | undefined {
  const found: Interval[] = []
  for (const piece of text.split(/\s*,\s*(?:and )?/)) {
    const interval = phrase(piece.trim(), words)
    if (interval === undefined) return undefined
    found.push(interval)
  }
  return found
}

const ALONE = new RegExp(`^${VERSION}(?: \\((?!affected)[^()]{1,40}\\))?$`)
const RANGE = new RegExp(
  `^(?:from )?(?:versions? )?(?<low>${VERSION}) ?(?<word>before|prior to|through|thru|to|until|up to and including|up to|- | - |–) ?(?:versions? )?(?<high>${VERSION})$`,
)
const SUFFIXED = new RegExp(
  `^(?<version>${VERSION}) ?(?<word>and (?:all )?(?:earlier|prior|below|lower|older|previous)|or (?:all )?(?:earlier|prior|below|lower|older|previous)|\\(?and earlier\\)?|and (?:later|above|newer|higher|after|up)|or later|\\+)(?: versions?| releases?)?$`,
)

function phrase(piece: string, words: ReadonlySet<string>): Interval | undefined {
  const said = withoutProduct(piece, words)
  for (const pattern of [BEFORE, THROUGH]) {
    const match = pattern.exec(said)
    if (match === null) continue
    const bound = withoutProduct(said.slice(match[0].length), words)
    if (!ALONE.test(bound)) return undefined
    const high = cleanVersion(bound)
    return pattern === BEFORE ? { high, fixed: true } : { high: branchEnd(high), highIncluded: true }
  }
  const branch = /^(?<prefix>v?\d[\d.]*?)(?:\.[x*])+ (?:before|prior to) (?<high>v?\d\S*)$/.exec(said)?.groups
  if (branch !== undefined) return { low: cleanVersion(branch.prefix!), high: cleanVersion(branch.high!), fixed: true }
  const range = RANGE.exec(said)?.groups
  if (range !== undefined) {
    const bounds = { low: cleanVersion(range.low!.replace(/\.x$/, '')), high: branchEnd(cleanVersion(range.high!)) }
    return /^(before|prior to|until)$/.test(range.word!)
      ? { ...bounds, fixed: true }
      : { ...bounds, highIncluded: true }
  }
  const suffixed = SUFFIXED.exec(said)?.groups
  if (suffixed !== undefined) {
    const version = cleanVersion(suffixed.version!)
    return /later|above|newer|higher|after|up|\+/.test(suffixed.word!)
      ? { low: version }
      : { high: version, highIncluded: true }
  }
  return ALONE.test(said) ? single(cleanVersion(said)) : tagged(said, words)
}

/** A tag of a release: `edk2-stable202308`, `openssl-3.0.1`. */
function tagged(said: string, words: ReadonlySet<string>): Interval | undefined {
  const tag = /^(?<name>(?:[a-z][a-z0-9]*[-_])+)(?:stable|release|rel|version|v)?[-_]?(?<version>\d\S*)$/.exec(
    said,
  )?.groups
  return tag === undefined || !isProduct(tag.name!, words) ? undefined : single(tag.version!)
}

/** `fixed in 1.2.9, 1.3.4`: below the lowest fix, or below the fix of its own branch. */
function fixedIn(text: string, words: ReadonlySet<string>): Interval[] | undefined {
  const fixes = text
    .split(/\s*(?:,|;|\band\b|\bor\b|\/)\s*/)
    .filter((part) => part !== '')
    .map((part) => withoutProduct(part.replace(/^(?:before|prior to) /, ''), words))
  if (fixes.length === 0 || !fixes.every((fix) => ALONE.test(fix))) return undefined
  const versions = fixes.map(cleanVersion).sort(byFields)
  return versions.map((high, i) => {
    const branch = high.replace(/[.-][^.-]*$/, '')
    return i === 0 || branch === high ? { high, fixed: true } : { low: branch, high, fixed: true }
  })
}

function byFields(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/\D+/).map(Number))
  for (let i = 0; i < Math.max(left!.length, right!.length); i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function single(version: string): Interval {
  const branch = /^(?<prefix>\d[\w.+-]*?)\.[x*](\.[x*])*$/.exec(version)?.groups
  return branch === undefined ? { low: version, high: version, highIncluded: true } : { prefix: branch.prefix! }
}

/** Words that may stand between a product's name and a version. */
const FILLERS = new Set([
  'all',
  'version',
  'versions',
  'release',
  'releases',
  'engine',
  'server',
  'core',
  'and',
  'the',
  'for',
  'of',
  'software',
  'community',
  'edition',
  'se',
])

/** Whether a text names the product: each of its words is one of the product's, or all of them in one (`FastDDS`). */
function isProduct(text: string, words: ReadonlySet<string>): boolean {
  return text
    .split(/[^a-z0-9+]+/)
    .filter((word) => word !== '')
    .every((word) => words.has(word) || FILLERS.has(word) || (word.length > 4 && [...words].join('').includes(word)))
}

/** Drop the product's name before a version: `tinyproxy 1.10.0`, `ansible engine v2.9.27`. */
function withoutProduct(text: string, words: ReadonlySet<string>): string {
  const name = /^(?:[a-z][a-z0-9+._-]*[ :]+){1,5}(?=v?\d)/.exec(text)?.[0]
  return name === undefined || !isProduct(name, words) ? text : text.slice(name.length)
}

/** Lower-case words of a statement's product and maker. */
export function wordsOf({ vendor, product, packageName, cpes = [] }: Statement): Set<string> {
  const cpe = cpes[0]
  const texts = [vendor, product, packageName, cpe === undefined ? undefined : cpeField(cpe, 'product')]
  return new Set(texts.flatMap((text) => (text ?? '').toLowerCase().split(/[^a-z0-9+]+/)).filter((word) => word !== ''))
}

/** Whether a text has what makes a version: a digit. */
export const isVersionText = (text: string) => /\d/.test(text)

/** A bound as records write it: names, `v` and misspelt `v` before the number go (`edk2-stable202405`, `RELEASE.2024`). */
export function cleanVersion(text: string): string {
  if (text.length > LONGEST) return text
  const trimmed = text.trim().replace(/(?<=^\d+(?:,\d+)*),(?=\d)/g, '.')
  const name = /^(?:(?:[A-Za-z][A-Za-z0-9]*[-_ ])*[A-Za-z]+[._/ -]*)(?=\d)/.exec(trimmed)
  return (name === null ? trimmed : trimmed.slice(name[0].length)).replace(/\s*\(.*\)$/, '').replace(/,$/, '')
}
