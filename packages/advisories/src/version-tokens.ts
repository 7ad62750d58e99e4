/** A rank, then what decides between two of the same rank. Numbers of more than 15 digits are BigInt. */
export type Token = readonly [rank: number, value: number | bigint | string]

/**
 * The alphabet in its order; `end` is where a version stops. One version is before another when at the first place
 * where they differ its token is before the other's: a total order, so no set of comparisons can contradict itself.
 */
export const RANK = {
  dev: -12,
  alpha: -11,
  beta: -10,
  milestone: -9,
  pre: -8,
  rc: -7,
  snapshot: -6,
  word: -1,
  end: 0,
  letter: 1,
  post: 2,
  number: 3,
} as const

/** A word whose place nobody told us: where only it decides, there is no order. */
export const UNKNOWN_WORD = RANK.word

const PRE: Readonly<Record<string, number>> = {
  dev: RANK.dev,
  devel: RANK.dev,
  alpha: RANK.alpha,
  a: RANK.alpha,
  beta: RANK.beta,
  b: RANK.beta,
  milestone: RANK.milestone,
  m: RANK.milestone,
  pre: RANK.pre,
  preview: RANK.pre,
  prerelease: RANK.pre,
  rc: RANK.rc,
  c: RANK.rc,
  cr: RANK.rc,
  candidate: RANK.rc,
  snapshot: RANK.snapshot,
}
const POST = new Set([
  ...['p', 'pl', 'patch', 'patchlevel', 'post', 'rev', 'r', 'sp', 'u', 'update', 'up', 'hotfix', 'hf', 'fix', 'build'],
])
/** Words that only decorate a release. */
const PLAIN = new Set([
  ...['final', 'ga', 'release', 'stable', 'lts', 'jre', 'android', 'incompatible', 'bin', 'src', 'ce', 'ee', 'oss'],
])
const NUMBER_AFTER = new Set(['a', 'b', 'c', 'm', 'p', 'r', 'u'])

export interface Tokens {
  readonly edition: string
  readonly tokens: readonly Token[]
}

/** `core` is lower case, without epoch and build; undefined when it is no version (`n/a`, `1.2.x`, `*`). */
export function tokenize(core: string, build?: string): Tokens | undefined {
  const { edition, text } = takeEdition(asFields(withoutName(core)))
  if (!/^[0-9]/.test(text) || !/^[0-9a-z._~ -]*$/.test(text) || /[._-]x(?:$|[._-])/.test(text)) return undefined
  const tokens: Token[] = []
  const hasDot = text.includes('.')
  const steps = [...text.matchAll(/([._~ -]*)([0-9]+|[a-z]+)/g)]
  for (const [i, step] of steps.entries()) {
    const [whole, separator, word] = step as unknown as [string, string, string]
    if (/[0-9]/.test(word)) pushNumber(tokens, word, hasDot && i > 0 && separator === '-')
    else if (!pushWord(tokens, word, startsWithDigit(steps[i + 1]?.[2]), separator + whole)) break
  }
  const k3s = build === undefined ? null : /^(?:k3s|rke2r)([0-9]{1,9})/.exec(build)
  if (k3s !== null) tokens.push([RANK.post, ''], [RANK.number, Number(k3s[1])])
  return { edition, tokens: withoutZeros(tokens) }
}

/** -1, 0, 1, or undefined where the first difference is a word that we do not know. */
export function compareTokens(a: readonly Token[], b: readonly Token[]): -1 | 0 | 1 | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [leftRank, left] = a[i] ?? END
    const [rightRank, right] = b[i] ?? END
    if (leftRank === rightRank && left === right) continue
    if (leftRank === UNKNOWN_WORD || rightRank === UNKNOWN_WORD) return undefined
    if (leftRank !== rightRank) return leftRank < rightRank ? -1 : 1
    return left < right ? -1 : 1
  }
  return 0
}

const END: Token = [RANK.end, '']

function pushNumber(tokens: Token[], digits: string, isRevision: boolean): void {
  // `7.1.0-10` and `2.40-66` count what came after the release: before 7.1.0.1, after 7.1.0.
  if (isRevision && tokens.at(-1)?.[0] === RANK.number) tokens.push([RANK.post, ''])
  tokens.push([RANK.number, toNumber(digits)])
}

/** False: what follows says nothing about the order (the build of `8u392-b08`). */
function pushWord(tokens: Token[], word: string, numberFollows: boolean, written: string): boolean {
  const isUpdate = tokens.some(([rank, value]) => rank === RANK.post && value === 'u')
  if (word === 'b' && numberFollows && isUpdate && written.includes('-')) return false
  if (PLAIN.has(word)) return true
  if (NUMBER_AFTER.has(word) && !numberFollows) tokens.push([RANK.letter, word])
  else if (Object.hasOwn(PRE, word)) tokens.push([PRE[word]!, ''])
  else if (POST.has(word)) tokens.push([RANK.post, word === 'u' ? 'u' : ''])
  else if (word.length <= 2 && /[a-z]$/.test(word) && !/[-_. ]/.test(written)) tokens.push([RANK.letter, word])
  else tokens.push([RANK.word, word])
  return true
}

/** Zeros at the end of a run of numbers say nothing: `1.0` is `1`, `1.0-rc0` is `1-rc`. */
function withoutZeros(tokens: readonly Token[]): Token[] {
  const kept: Token[] = []
  for (const token of tokens) {
    if (token[0] !== RANK.number) dropZeros(kept)
    kept.push(token)
  }
  dropZeros(kept)
  return kept
}

function dropZeros(tokens: Token[]): void {
  while (tokens.at(-1)?.[0] === RANK.number && tokens.at(-1)?.[1] === 0) tokens.pop()
}

/** `v1.2`, `release-1.2`, `rel_15_3`, `openssl-1.1.1w`, `go1.21`, `log4j-2.17` without what stands before the number. */
function withoutName(core: string): string {
  const names =
    /^(?:(?!(?:v|r|rel|release|version|rc|alpha|beta|pre|p|b)[0-9])[a-z]+(?:[0-9]{0,3}[a-z]*[-_ /]|\.))*/.exec(core)![0]
  const rest = core.slice(names.length)
  const start = names !== '' && !/^(?:v\.?|r|rel|release|[a-z]*)[0-9]/.test(rest) ? core : rest
  if (/^r[0-9]+$/.test(start)) return start
  return start.replace(/^[a-z]+[-_. ]?(?=[0-9])/, '')
}

const DAY = /^((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])(?=$|[^0-9])/
const TIME = /^((?:19|20)[0-9]{2})-([01][0-9])-([0-3][0-9])t([0-9]{2})[-:]?([0-9]{2})[-:]?([0-9]{2})z?$/

/** Dates as fields (`20240102` is `2024-01-02`), and `7_88_1` or `8-0-3` as `7.88.1`, when nothing else divides. */
function asFields(text: string): string {
  const dated = text.replace(TIME, '$1.$2.$3.$4.$5.$6').replace(DAY, '$1.$2.$3')
  const iso = dated.replace(/^((?:19|20)[0-9]{2})-([01]?[0-9])-([0-3]?[0-9])(?=$|[^0-9])/, '$1.$2.$3')
  return iso.includes('.') ? iso : iso.replace(/(?<=[0-9])[-_](?=[0-9])/g, '.')
}

function takeEdition(text: string): { edition: string; text: string } {
  if (/^r[0-9]+$/.test(text)) return { edition: 'r', text: text.slice(1) }
  const supported = /-s([0-9]+)$/.exec(text)
  if (supported !== null) return { edition: 's', text: `${text.slice(0, supported.index)}p${supported[1]}` }
  const esr = /[-_. ]?esr$/.exec(text)
  return esr === null ? { edition: '', text } : { edition: 'esr', text: text.slice(0, esr.index) }
}

function toNumber(digits: string): number | bigint {
  return digits.length <= 15 ? Number(digits) : narrow(BigInt(digits))
}

/** A number has one form, however many zeros lead it. */
function narrow(value: bigint): number | bigint {
  return value <= 999_999_999_999_999n ? Number(value) : value
}

function startsWithDigit(word: string | undefined): boolean {
  return word !== undefined && /^[0-9]/.test(word)
}
