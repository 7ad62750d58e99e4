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
const LONGEST = 400
const VERSION = String.raw`(?:v|version |r)?\d[\w.+~:-]*`
const WORDS = {
  before:
    /^(?:versions? )?(?:before|prior to|earlier than|older than|lower than|less than|below|up to \(?(?:excluding|but not including)\)?|until) /,
  through:
    /^(?:versions? )?(?:through|thru|up to and including|up to \(?including\)?|up to|<=?|at most|no later than) /,
  fixed:
    /^(?:this (?:issue|flaw|bug) (?:is|was) )?(?:fixed|patched|resolved|corrected|fix(?:ed)?[- ](?:in|version)s?)(?: in| by|:)? /,
}

/**
 * Read what people write into a version field: `>= 1.0, < 1.2.3`, `<= 2`, `before 3.4`, `1.2 through 1.4`,
 * `1.2 and earlier`, `all`, `2.x before 2.3`, `Fixed in Foo v1.2`, `1.2, 1.3, 1.4`, `Foo 1.2.x`. The result is a
 * union; undefined where the text is none of these.
 */
export function parseVersionExpression(text: string): readonly Interval[] | undefined {
  if (text.length > LONGEST) return undefined
  const plain = text
    .toLowerCase()
    .replaceAll('≤', '<=')
    .replaceAll('≥', '>=')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.,;]+$/, '')
  if (/^(\*|all|all (known )?versions?|any|any version|every version)$/.test(plain)) return [{}]
  const fixed = WORDS.fixed.exec(plain)
  if (fixed !== null) return fixedIn(plain.slice(fixed[0].length))
  const union: Interval[] = []
  for (const part of plain.split(/\s*(?:\|\||;| or |\band\b (?=v?\d[\w.]* (?:through|before|to|prior|up)))\s*/)) {
    const intervals = /[<>=]/.test(part) ? comparators(part) : phrases(part)
    if (intervals === undefined) return undefined
    union.push(...intervals)
  }
  return union.length === 0 ? undefined : union
}

/** `>= 1.0, < 1.2` is one interval; a lower bound after an upper one begins the next. */
function comparators(text: string): Interval[] | undefined {
  const found: Interval[] = []
  let now: { -readonly [key in keyof Interval]: Interval[key] } = {}
  const flush = () => {
    if (now.low !== undefined || now.high !== undefined) found.push(now)
    now = {}
  }
  let rest = text.trim()
  while (rest !== '') {
    const match =
      /^(?:versions? |[a-z][a-z ._-]*? )?(?<op><=|>=|=<|=>|==?|<|>|~>|\^)?\s*(?<version>(?:v|version |r|release-)?\d[\w.+~:-]*|\*)\s*(?:,|&&|\band\b|&)?\s*/.exec(
        rest,
      )
    if (match === null) return undefined
    rest = rest.slice(match[0].length)
    const version = cleanVersion(match.groups!.version!)
    const op = match.groups!.op ?? '='
    if (op === '<' || op === '<=' || op === '=<') {
      if (now.high !== undefined) flush()
      now.high = version
      if (op === '<') now.fixed = true
      else now.highIncluded = true
      flush()
    } else if (op === '>' || op === '>=' || op === '=>' || op === '^' || op === '~>') {
      flush()
      now.low = version
      if (op === '>') now.lowExcluded = true
    } else {
      flush()
      found.push(single(version))
    }
  }
  flush()
  return found.length === 0 ? undefined : found
}

/** Phrases of words, separated by commas. */
function phrases(text: string): Interval[] | undefined {
  const found: Interval[] = []
  for (const piece of text.split(/\s*,\s*(?:and )?/)) {
    const interval = phrase(piece.trim())
    if (interval === undefined) return undefined
    found.push(interval)
  }
  return found
}

const RANGE = new RegExp(
  `^(?:from )?(?:versions? )?(?<low>${VERSION}) ?(?<word>before|prior to|through|thru|to|until|up to and including|up to|-|–) ?(?:versions? )?(?<high>${VERSION})$`,
)
const SUFFIXED = new RegExp(
  `^(?<version>${VERSION}) ?(?<word>and (?:all )?(?:earlier|prior|below|lower|older|previous)|or (?:earlier|prior|below|lower|older)|\\(?and earlier\\)?|and (?:later|above|newer|higher|up)|or later|\\+)(?: versions?| releases?)?$`,
)

function phrase(piece: string): Interval | undefined {
  const words = withoutProduct(piece)
  for (const [kind, pattern] of [
    ['before', WORDS.before],
    ['through', WORDS.through],
  ] as const) {
    const match = pattern.exec(words)
    if (match === null) continue
    const bound = new RegExp(`^(?:versions? )?(${VERSION})$`).exec(withoutProduct(words.slice(match[0].length)))
    if (bound === null) return undefined
    const high = cleanVersion(bound[1]!)
    return kind === 'before' ? { high, fixed: true } : { high, highIncluded: true }
  }
  const branch = /^(?<prefix>v?\d[\d.]*)\.[x*] (?:before|prior to) (?<high>v?\d\S*)$/.exec(words)
  if (branch !== null)
    return { low: cleanVersion(branch.groups!.prefix!), high: cleanVersion(branch.groups!.high!), fixed: true }
  const range = RANGE.exec(words)
  if (range !== null) {
    const { low, word, high } = range.groups as { low: string; word: string; high: string }
    const excluded = word === 'before' || word === 'prior to' || word === 'until'
    const bounds = { low: cleanVersion(low.replace(/\.x$/, '')), high: cleanVersion(high) }
    return excluded ? { ...bounds, fixed: true } : { ...bounds, highIncluded: true }
  }
  const suffixed = SUFFIXED.exec(words)
  if (suffixed !== null) {
    const version = cleanVersion(suffixed.groups!.version!)
    return /later|above|newer|higher|up|\+/.test(suffixed.groups!.word!)
      ? { low: version }
      : { high: version, highIncluded: true }
  }
  return new RegExp(`^${VERSION}$`).test(words) ? single(cleanVersion(words)) : undefined
}

/** `fixed in 1.2.9, 1.3.4`: below the fix of its own branch, or below the first fix. */
function fixedIn(text: string): Interval[] | undefined {
  const fixes = text
    .split(/\s*(?:,|;|\band\b|\bor\b|\/)\s*/)
    .filter((part) => part !== '')
    .map((part) => withoutProduct(part))
  if (fixes.length === 0 || !fixes.every((fix) => new RegExp(`^${VERSION}$`).test(fix))) return undefined
  const versions = fixes.map(cleanVersion)
  if (versions.length === 1) return [{ high: versions[0]!, fixed: true }]
  return versions.map((high, i) => {
    const branch = high.replace(/[.-][^.-]*$/, '')
    return i === 0 || branch === high ? { high, fixed: true } : { low: branch, high, fixed: true }
  })
}

function single(version: string): Interval {
  const branch = /^(?<prefix>\d[\w.+-]*?)\.[x*](\.[x*])*$/.exec(version)
  return branch === null ? { low: version, high: version, highIncluded: true } : { prefix: branch.groups!.prefix! }
}

/** Drop a product's name before a version: `tinyproxy 1.10.0`, `ansible engine v2.9.27`. */
function withoutProduct(text: string): string {
  if (/^(before|prior|earlier|older|lower|less|below|up|until|through|thru|at|no|from|versions?)\b/.test(text))
    return text
  return text.replace(/^(?:[a-z][a-z0-9+._-]* ){1,4}(?=v?\d)/, '')
}

/** A bound as records write it: product names, `v` and misspelt `v` before the first digit go. */
export function cleanVersion(text: string): string {
  const trimmed = text.trim()
  const match = /^[A-Za-z][A-Za-z ._/-]*(?=\d)/.exec(trimmed)
  return (match === null ? trimmed : trimmed.slice(match[0].length)).replace(/\s*\(.*\)$/, '').replace(/,$/, '')
}
