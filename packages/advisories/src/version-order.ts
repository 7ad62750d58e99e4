import { comparePep440, parsePep440 } from './pep440.ts'
import { compareSemver, parseSemver } from './semver.ts'
import { compareTokens, RANK, type Token, tokenize, UNKNOWN_WORD } from './version-tokens.ts'

/** release: has a place among others; snapshot: a state after `tokens`; commit: an id without order; other: no version. */
export type VersionKind = 'release' | 'snapshot' | 'commit' | 'other'

export interface Version {
  readonly text: string
  readonly kind: VersionKind
  readonly epoch: number
  /** Versions of different editions (`9.18.11-S1`, `115.3esr`, a revision `r1234`) have no order between them. */
  readonly edition: string
  readonly tokens: readonly Token[]
  /** Of a snapshot: its date or the number of commits after the release. */
  readonly moment: readonly number[]
  /** `+…`, as written: says nothing about the order (but see k3s in version-tokens.ts). */
  readonly build?: string
}

const MAX_LENGTH = 256

/**
 * A version as any project may write it. Prefixes (`v`, `release-`, `openssl-`) are not part of it; `1.0`, `1.0.0` and
 * `01.0` are one version. Never throws.
 */
export function parseVersion(text: string): Version {
  const plain = text.trim().toLowerCase()
  const none = { text, epoch: 0, edition: '', tokens: [], moment: [] }
  if (plain === '' || text.length > MAX_LENGTH) return { ...none, kind: 'other' }
  if (isCommit(plain)) return { ...none, kind: 'commit' }
  const { epoch, rest } = takeEpoch(plain)
  const snapshot = takeSnapshot(rest)
  if (snapshot !== undefined) {
    const base = tokenize(snapshot.base === '' ? '0' : snapshot.base)
    if (base === undefined) return { ...none, kind: 'other' }
    return { text, kind: 'snapshot', epoch, ...base, moment: snapshot.moment }
  }
  const plus = rest.indexOf('+')
  const core = plus === -1 ? rest : rest.slice(0, plus)
  const build = plus === -1 ? undefined : rest.slice(plus + 1)
  const read = tokenize(core, build)
  if (read === undefined) return { ...none, kind: 'other' }
  return { text, kind: 'release', epoch, ...read, moment: [], ...(build === undefined ? {} : { build }) }
}

/**
 * The order of two versions of one project: -1, 0, 1, or undefined where none is defined (commits, other editions, a
 * snapshot against a later release, words we do not know). Not Nix's compareVersions: pre-releases are before their
 * release, patch levels and letters after it. `scheme` is a record's versionType; `semver` and `python` follow their
 * specification where both versions do, all others the common order; `git` has none.
 */
export function compareVersions(a: string, b: string, scheme?: string): -1 | 0 | 1 | undefined {
  const name = scheme?.toLowerCase()
  if (name === 'git' || name === 'original_commit_for_fix') return a === b ? 0 : undefined
  if (name === 'python' || name === 'pypi' || name === 'pep440') {
    const [left, right] = [readPep440(a), readPep440(b)]
    if (left !== null && right !== null) return comparePep440(left, right)
  }
  if (name === 'semver') {
    const [left, right] = [readSemver(a), readSemver(b)]
    if (left !== null && right !== null) return compareSemver(left, right)
  }
  return compareParsed(readVersion(a), readVersion(b))
}

/** As `compareVersions`, without a scheme, for who keeps parsed versions. */
export function compareParsed(a: Version, b: Version): -1 | 0 | 1 | undefined {
  if (a.kind === 'other' || b.kind === 'other') return undefined
  if (a.kind === 'commit' || b.kind === 'commit') return a.kind === b.kind && sameText(a, b) ? 0 : undefined
  if (a.edition !== b.edition) return undefined
  const base = a.epoch === b.epoch ? compareTokens(a.tokens, b.tokens) : a.epoch < b.epoch ? -1 : 1
  if (a.kind === 'release' && b.kind === 'release') return base
  if (a.kind === 'snapshot' && b.kind === 'snapshot') return base === 0 ? compareMoments(a, b) : undefined
  // A snapshot is after the release it was taken from; where the next release lies, nobody can say.
  if (a.kind === 'snapshot') return base === 0 || base === 1 ? 1 : undefined
  return base === 0 || base === -1 ? -1 : undefined
}

function sameText(a: Version, b: Version): boolean {
  return a.text.trim().toLowerCase() === b.text.trim().toLowerCase()
}

function compareMoments(a: Version, b: Version): -1 | 0 | 1 | undefined {
  if (a.moment.length === 0 || b.moment.length === 0 || a.moment.length !== b.moment.length) {
    return sameText(a, b) ? 0 : undefined
  }
  for (const [i, left] of a.moment.entries()) {
    if (left !== b.moment[i]) return left < b.moment[i]! ? -1 : 1
  }
  return 0
}

/** A full or short commit id; `1.0a` and `20240101b` are none. */
function isCommit(text: string): boolean {
  if (!/^[0-9a-f]{7,64}$/.test(text)) return false
  if (text.length === 40 || text.length === 64) return true
  return /[a-f]/.test(text) && !/^[0-9]+[a-f]$/.test(text) && !/^[0-9]{8}[a-f][0-9]$/.test(text)
}

function takeEpoch(text: string): { epoch: number; rest: string } {
  const found = /^([0-9]{1,6})[:!]/.exec(text)
  return found === null ? { epoch: 0, rest: text } : { epoch: Number(found[1]), rest: text.slice(found[0].length) }
}

const DATE = /((?:19|20)[0-9]{2})-?([01][0-9])-?([0-3][0-9])/
const SNAPSHOT =
  /(?:^|[-_.+~ ])(?:unstable|nightly|git|svn|hg|bzr|cvs|master|main|trunk|head|date)(?=$|[-_.=+ ~]|[0-9])|(?<=[0-9])(?:git|svn|nightly)(?=$|[-_.+]|[0-9])/
const DESCRIBE = /-([0-9]{1,9})-g[0-9a-f]{7,40}(?:-dirty)?$/

/** `0-unstable-2024-01-02`, `1.2-unstable-…`, `1.2+git20240102`, and what `git describe` prints. */
function takeSnapshot(text: string): { base: string; moment: number[] } | undefined {
  const described = DESCRIBE.exec(text)
  if (described !== null) return { base: text.slice(0, described.index), moment: [Number(described[1])] }
  const found = SNAPSHOT.exec(text)
  if (found === null) return undefined
  const date = DATE.exec(text.slice(found.index))
  // `git-2.44.0` is the project's name before a release, not a snapshot.
  if (found.index === 0 && date === null) return undefined
  return { base: text.slice(0, found.index), moment: date === null ? [] : date.slice(1).map(Number) }
}

/** The same few versions and bounds are compared with again and again: what was read of them is kept. */
function remembering<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined || text.length > MAX_LENGTH) return found ?? parse(text)
    if (known.size >= MOST_KEPT) known.clear()
    const read = parse(text)
    known.set(text, read)
    return read
  }
}

const MOST_KEPT = 50_000
const readVersion = remembering(parseVersion)
const readSemver = remembering((text) => parseSemver(text) ?? null)
const readPep440 = remembering((text) => parsePep440(text) ?? null)

/** Whether a version is before the release of the same numbers: `1.0-rc1`, `3.13.0a2`. */
export function isPreRelease(version: Version): boolean {
  return version.tokens.some(([rank]) => rank < RANK.end && rank !== UNKNOWN_WORD)
}
