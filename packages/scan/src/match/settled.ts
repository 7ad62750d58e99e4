import type { Identity } from '../identify/identity.ts'
import { isNamed } from './applicable.ts'
import { isOfSpecifier, Surroundings } from './decide.ts'
import { mayTellOfUpstream } from './distribution.ts'
import type { Advisory, Component, Statement, VersionRow } from './model.ts'
import { SILENT } from './opinions.ts'
import { decideRange } from './ranges.ts'
import { meaningOf } from './rows.ts'
import { factsOf } from './statementFacts.ts'

/** Most fields that a plain version has, and the largest of them: longer numbers may be dates, and are read otherwise. */
export const MOST_FIELDS = 4
const LARGEST_FIELD = 9_999_999
/** An advisory with more bounds than this is a list of builds. */
const MOST_BOUNDS = 200

/** A version of numbers and dots alone, without its zeros at the end: `6.6.0` as [6, 6]. */
export type PlainVersion = readonly number[]

/** A place in the order of plain versions: at this one, or right after it (before any that is longer). */
export interface Turn {
  readonly version: PlainVersion
  readonly after: boolean
}

const PLAIN = /^(?:0|[1-9]\d{0,6})(?:\.(?:0|[1-9]\d{0,6})){0,3}$/

/** Undefined for what is no plain version. */
export function plainVersion(text: string): PlainVersion | undefined {
  return PLAIN.test(text) ? withoutZeros(text.split('.').map(Number)) : undefined
}

/** The version of a component by which advisories may be settled: it is plain, and nothing but the records counts. */
export function settlingVersion(
  { knownVulnerabilities = [] }: Component,
  { version }: Identity,
): PlainVersion | undefined {
  if (version === undefined || knownVulnerabilities.length > 0) return undefined
  const { text, snapshot, edition, plain } = version
  return snapshot || edition !== undefined || plain !== undefined ? undefined : plainVersion(text)
}

/** Below 0, 0, or above 0. */
export function comparePlain(a: PlainVersion, b: PlainVersion): number {
  for (let i = 0; i < a.length || i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Which plain versions an advisory surely says nothing of that a scan tells unasked: `decide` answers for each component
 * of such a version, whatever else it is, that it is not affected, patched, or another product, unless nixpkgs calls it
 * vulnerable. The answer is where along the versions that begins to hold and ceases to, in turn; before the first it
 * does not hold. Empty where nothing is sure.
 *
 * What `decideRange` answers changes only where a version passes a number that the rows write, the beginning of one or
 * the next after one: it compares with these, and looks whether they begin the text. So it is asked at each such number
 * and once between each two. In a number's own place the text counts too, so all its forms (`6.6`, `6.6.0`) are asked.
 */
export function settledTurns(advisory: Advisory): Turn[] {
  const groups = groupsOf(advisory)
  const bounds = groups === undefined ? undefined : boundsOf(groups.flat(), advisory)
  if (groups === undefined || bounds === undefined) return []
  const isClear = (text: string) => groups.every((group) => isClearAt(text, group, advisory))
  const turns: Turn[] = []
  let settled = false
  const turn = (version: PlainVersion, after: boolean, now: boolean) => {
    if (now !== settled) turns.push({ version, after })
    settled = now
  }
  for (const version of bounds) {
    turn(version, false, formsOf(version).every(isClear))
    turn(version, true, isClear(justAfter(version)))
  }
  return turns
}

/**
 * The statements that a component may be meant by, those together that are about it or not about it alike; undefined
 * where not even a component that none of them is about can be left out.
 */
function groupsOf(advisory: Advisory): Statement[][] | undefined {
  if (advisory.rejected || (advisory.fixedVersions ?? []).length > 0) return undefined
  const { statements } = advisory
  const named = statements.filter(isNamed)
  if (named.every(isOfSpecifier)) return undefined
  const groups = new Map<string, Statement[]>()
  for (const [i, statement] of statements.entries()) {
    const { names, distribution, hardwareOnly } = factsOf(statement, advisory)
    if (distribution !== undefined && mayTellOfUpstream(statement.provider)) return undefined
    if (distribution !== undefined || hardwareOnly || names.size === 0) continue
    const { versions: _, at: __, defaultStatus: ___, ...head } = statement
    // An analyst's statement may be taken for its rows, and its neighbour not.
    const key = statement.source === 'adp' ? String(i) : JSON.stringify(head)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [statement])
    else group.push(statement)
  }
  return [...groups.values()]
}

/** Whether each statement of a group is silent or says that the version is not affected, and one of them says it. */
function isClearAt(text: string, group: readonly Statement[], advisory: Advisory): boolean {
  let isSaid = false
  for (const statement of group) {
    const surroundings = new Alone(statement, advisory, [])
    const { status, reason } = decideRange(statement, { text, snapshot: false }, surroundings)
    if (status === 'affected' || surroundings.asked) return false
    if (status === 'unaffected') isSaid = true
    else if (!SILENT.has(reason!)) return false
  }
  return isSaid
}

/** Which other statements are about the component is not known here: an answer that asks for them is none. */
class Alone extends Surroundings {
  asked = false

  override get siblings() {
    this.asked = true
    return []
  }
}

/** Ascending, each once, 0 first; undefined where there are too many, or the rows write what is no number for sure. */
function boundsOf(statements: readonly Statement[], advisory: Advisory): PlainVersion[] | undefined {
  const found = new Map<string, PlainVersion>([['', []]])
  for (const statement of statements) {
    const habits = new Surroundings(statement, advisory, [])
    for (const row of statement.versions) {
      if (meaningOf(row, undefined, habits).kind === 'git') continue
      for (const text of textsOf(row)) {
        const numbers = numbersIn(text)
        if (numbers === undefined) return undefined
        for (const number of numbers) {
          found.set(String(number), number)
          if (found.size > MOST_BOUNDS) return undefined
        }
      }
    }
  }
  return [...found.values()].sort(comparePlain)
}

const textsOf = ({ version, above, lessThan, lessThanOrEqual, changes = [] }: VersionRow) =>
  [version, above, lessThan, lessThanOrEqual, ...changes.map(({ at }) => at)].filter((text) => text !== undefined)

/** A time of day: its fields are joined to those of its date. */
const TIME = /\dt\d/i

/** The numbers of a text with all their beginnings, and what follows next after each of these. */
function numbersIn(text: string): PlainVersion[] | undefined {
  if (TIME.test(text)) return undefined
  const found: PlainVersion[] = []
  for (const [run] of text.matchAll(/\d+(?:[._~ -]+\d+)*/g)) {
    const fields = run.split(/[._~ -]+/).map(Number)
    if (fields.some((field) => field > LARGEST_FIELD)) return undefined
    // Where a name ends is not known: `log4j-2.17`, `lib2-1.3`.
    const lastStart = PLAIN.test(run) && text.trim().startsWith(run) ? 0 : fields.length - 1
    for (let start = 0; start <= lastStart; start++) {
      for (let end = start + 1; end <= fields.length; end++) {
        const fore = fields.slice(start, end)
        const next = fore.with(-1, fore.at(-1)! + 1)
        for (const number of [fore, next].map(withoutZeros)) {
          if (number.length > MOST_FIELDS) return undefined
          found.push(number)
        }
      }
    }
  }
  return found
}

function withoutZeros(fields: readonly number[]): PlainVersion {
  return fields.slice(0, fields.findLastIndex((field) => field !== 0) + 1)
}

/** All plain texts of a version: `6.6`, `6.6.0`, `6.6.0.0`. */
function formsOf(version: PlainVersion): string[] {
  const forms: string[] = []
  for (let length = Math.max(1, version.length); length <= MOST_FIELDS; length++) forms.push(padded(version, length))
  return forms
}

/** A version after this one and before any other of as many fields as plain versions have. */
function justAfter(version: PlainVersion): string {
  return `${padded(version, MOST_FIELDS)}.1`
}

function padded(version: PlainVersion, length: number): string {
  return Array.from({ length }, (_, i) => version[i] ?? 0).join('.')
}
