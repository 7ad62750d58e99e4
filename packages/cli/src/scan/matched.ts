import { EXIT, UserError } from '@firn/core'
import {
  compareFindings,
  type Decision,
  type MatchData,
  matchRemotely,
  referenceChains,
  type VulnerabilityFinding,
  vulnerabilityFinding,
} from '@firn/scan'
import type { Io } from '../command.ts'
import { describeAge } from './age.ts'
import { openLocalIndex } from './local.ts'
import type { Subject } from './subject.ts'

export interface MatchOptions {
  /** Milliseconds. */
  readonly maxAge: number
  readonly undetermined: 'note' | 'fail'
  readonly all: boolean
  readonly why: boolean
  readonly tracker?: string
}

/** The findings of one subject, and what they rest on. */
export interface Matched {
  readonly findings: readonly VulnerabilityFinding[]
  readonly summary: MatchData
  /** The age of the data in words: in every report. */
  readonly data: string
  readonly stale: boolean
  /** Said when the data is stale. */
  readonly warning?: string
}

/** Match every component with the local advisories or a tracker's. */
export async function matchSubject(subject: Subject, options: MatchOptions, io: Io): Promise<Matched> {
  const { components } = subject.composition
  const { advisories, matches } =
    options.tracker === undefined
      ? await matchLocally(subject, options, io)
      : await matchRemotely(options.tracker, components, { all: options.all, signal: io.signal })
  io.signal.throwIfAborted()
  const chain = options.why && subject.snapshot !== undefined ? referenceChains(subject.snapshot) : undefined
  const findings = matches
    .filter(({ decision }) => options.all || isShown(decision))
    .map(({ component: index, advisory, decision }) => {
      const component = components[index]!
      const why = component.paths[0] === undefined ? undefined : chain?.(component.paths[0])
      return vulnerabilityFinding(component, advisory, decision, {
        undetermined: options.undetermined,
        ...(why === undefined ? {} : { why }),
      })
    })
    .sort(compareFindings)
  return { findings, summary: advisories, ...describeData(advisories, options.maxAge) }
}

/** What a scan tells unasked. */
export function isShown({ verdict }: Decision): boolean {
  return verdict === 'affected' || verdict === 'undetermined'
}

async function matchLocally(subject: Subject, options: MatchOptions, io: Io) {
  const index = await openLocalIndex(io.env)
  try {
    const matches = subject.composition.components.flatMap((component, position) =>
      index.match(component, options.all).map((match) => ({ component: position, ...match })),
    )
    return { advisories: index.data, matches }
  } finally {
    index.close()
  }
}

/** `52 records, updated 3 hours ago, the newest of 2024-10-23`. */
function describeData(data: MatchData, maxAge: number): Pick<Matched, 'data' | 'stale' | 'warning'> {
  const updated = Date.parse(data.updated)
  if (Number.isNaN(updated)) {
    throw new UserError('the advisories do not say how old they are', 'make them again: firn scan --update', EXIT.data)
  }
  const age = Date.now() - updated
  const newest = data.newest === undefined ? 'none of them dated' : `the newest of ${data.newest.slice(0, 10)}`
  const words = `${data.records.toLocaleString('en-GB')} records, updated ${describeAge(age)} ago, ${newest}`
  if (age <= maxAge) return { data: words, stale: false }
  return {
    data: words,
    stale: true,
    warning: `the advisories are ${describeAge(age)} old, older than --max-age: newer flaws are not seen. Run firn scan --update`,
  }
}
