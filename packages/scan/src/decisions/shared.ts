import { UserError } from '@firn/core'
import { versionOf } from '../identify/version.ts'
import type { Component } from '../match/model.ts'
import { decideRange } from '../match/ranges.ts'
import { parseVersionExpression } from '../match/versionExpression.ts'
import { answersTo } from './names.ts'
import type { Ruling, RulingStatus } from './ruling.ts'

/**
 * A decision that the maintainers of a tracker share with everybody, as it stands in the tracker's table and in a
 * signed index. Shaped like a statement of OpenVEX, with a scope that fits nixpkgs.
 */
export interface SharedDecision {
  /** `CVE-2024-1234`, `GHSA-…`. */
  readonly vulnerability: string
  /** The nixpkgs attribute, `python3Packages.requests`. */
  readonly attribute: string
  /** Which versions, as an expression: `>= 1.0, < 1.2.3`, `1.2.3`. Absent: all. */
  readonly versions?: string
  /** Only for packages of this channel. A closure does not say which channel it is from, so there it holds for all. */
  readonly channel?: string
  readonly status: RulingStatus
  readonly justification?: string
  readonly statement?: string
  readonly author: string
  /** ISO 8601. */
  readonly created: string
  /** A day: from then on it says nothing. */
  readonly expires?: string
}

/** The decisions that came with an index, as rulings. Errors: not a list of decisions; one bad entry refuses all. */
export function parseSharedDecisions(json: string, source: string): Ruling[] {
  let list: unknown
  try {
    list = JSON.parse(json)
  } catch {
    list = undefined
  }
  if (!Array.isArray(list)) throw unusable(source, 'they are no list')
  return list.map((entry: unknown, i) => {
    if (!isDecision(entry)) throw unusable(source, `decision ${i + 1} makes no sense`)
    return sharedRuling(entry, `${source}, ${entry.author}`)
  })
}

/** One shared decision as a ruling. */
export function sharedRuling(decision: SharedDecision, source: string): Ruling {
  const { vulnerability, versions, status, justification, statement, created, expires } = decision
  return {
    status,
    kind: 'judgement',
    ids: [vulnerability],
    speaksOf: (_advisory, component) => isAttribute(decision.attribute, component) && covers(versions, component),
    decided: created,
    source,
    ...(justification === undefined ? {} : { justification }),
    ...(statement === undefined ? {} : { text: statement }),
    ...(expires === undefined ? {} : { until: expires.slice(0, 10) }),
  }
}

/** By the attribute where it is known, else by the names that a component of that attribute would have. */
function isAttribute(attribute: string, component: Component): boolean {
  if (component.attribute !== undefined) return component.attribute === attribute
  return answersTo(component, attribute.slice(attribute.lastIndexOf('.') + 1), attribute)
}

/** Whether a decision's `versions` can be understood: a range (`>= 1.0, < 1.2.3`), or one version. */
export function isVersionScope(text: string): boolean {
  const parsed = parseVersionExpression(text)
  return (parsed !== undefined && parsed !== 'other') || /^(?=.*\d)[A-Za-z0-9][A-Za-z0-9._+~-]*$/.test(text)
}

/** A version that cannot be placed is not covered: a decision must not hide what it does not speak of. */
function covers(versions: string | undefined, component: Component): boolean {
  if (versions === undefined) return true
  const version = versionOf(component)
  if (version === undefined || version.snapshot) return component.version === versions
  const statement = {
    source: 'cna',
    provider: 'decision',
    defaultStatus: 'unaffected',
    versions: [{ status: 'affected', version: versions }],
    at: 'versions',
  } as const
  return decideRange(statement, version).status === 'affected'
}

const STATUSES: ReadonlySet<string> = new Set(['not_affected', 'affected', 'fixed', 'under_investigation'])

function isDecision(value: unknown): value is SharedDecision {
  const entry = (value ?? {}) as Record<string, unknown>
  return (
    ['vulnerability', 'attribute', 'author', 'created'].every((key) => typeof entry[key] === 'string') &&
    ['versions', 'channel', 'justification', 'statement', 'expires'].every((key) =>
      ['string', 'undefined'].includes(typeof entry[key]),
    ) &&
    STATUSES.has(String(entry.status))
  )
}

function unusable(source: string, what: string): UserError {
  return new UserError(`${source}: its decisions cannot be read: ${what}`, 'fetch it again, or ask who made it')
}
