import { EXIT, UserError } from '@firn/core'
import {
  advisorySummary,
  applyRuling,
  compareFindings,
  type Decision,
  type MatchData,
  type MatchResponse,
  type Ruling,
  Rulings,
  referenceChains,
  type VulnerabilityFinding,
  vulnerabilityFinding,
} from '@firn/scan/closure'
import type { Io } from '../command.ts'
import { count } from '../count.ts'
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
  /** What the files of --vex decided. */
  readonly rulings?: readonly Ruling[]
}

/** The findings of one subject, and what they rest on. */
export interface Matched {
  readonly findings: readonly VulnerabilityFinding[]
  /** By id, of those that are in the findings. */
  readonly descriptions: ReadonlyMap<string, string>
  readonly summary: MatchData
  /** The data and its age in words: for people who read it now. */
  readonly data: string
  /** The same with the moment in place of the age: a file that is kept says the same whenever it is made. */
  readonly dated: string
  readonly stale: boolean
  /** Said when the data is stale. */
  readonly warning?: string
}

/** Match every component with the local advisories or a tracker's, then let what others decided have its say. */
export async function matchSubject(subject: Subject, options: MatchOptions, io: Io): Promise<Matched> {
  const { components } = subject.composition
  const given = options.rulings ?? []
  const all = options.all || given.length > 0
  const { advisories, matches, shared } =
    options.tracker === undefined
      ? await matchLocally(subject, all, io)
      : await matchAtTracker(options.tracker, subject, all, io)
  io.signal.throwIfAborted()
  const today = new Date().toISOString().slice(0, 10)
  const [ours, theirs] = [new Rulings(given, today), new Rulings(shared, today)]
  const chain = options.why && subject.snapshot !== undefined ? referenceChains(subject.snapshot) : undefined
  const descriptions = new Map<string, string>()
  const findings: VulnerabilityFinding[] = []
  for (const { component: position, advisory, decision: found } of matches) {
    const component = components[position]!
    const ids = { id: advisory.id, aliases: advisory.aliases ?? [] }
    // Who scans has the last word on his own system.
    const ruling = ours.about(ids, component) ?? theirs.about(ids, component)
    const { decision, ruled } = ruling === undefined ? { decision: found } : applyRuling(found, ruling)
    if (!options.all && !isShown(decision)) continue
    const why = component.paths[0] === undefined ? undefined : chain?.(component.paths[0])
    if (advisory.description !== undefined) descriptions.set(advisory.id, advisory.description)
    findings.push(
      vulnerabilityFinding(component, advisory, decision, {
        undetermined: options.undetermined,
        ...(ruled === undefined ? {} : { ruled }),
        ...(why === undefined ? {} : { why }),
      }),
    )
  }
  findings.sort(compareFindings)
  return { findings, descriptions, summary: advisories, ...describeData(advisories, options.maxAge) }
}

/** The subject with what a tracker knows of derivations that were evaluated elsewhere: as if their files were here. */
export async function askByDerivation(url: string, subject: Subject, io: Io): Promise<Subject> {
  const { resolveRemotely } = await trackerClient(io)
  const components = await resolveRemotely(url, subject.composition.components, io.signal)
  return { ...subject, composition: { ...subject.composition, components } }
}

/** What a scan tells unasked. */
export function isShown({ verdict }: Pick<Decision, 'verdict'>): boolean {
  return verdict === 'affected' || verdict === 'undetermined'
}

interface Answer extends MatchResponse {
  /** What maintainers decided, as it came with the data. */
  readonly shared: readonly Ruling[]
}

/** With `all`, and where maintainers decided otherwise, also what is not shown: two thirds of what a kernel's are. */
async function matchLocally({ composition: { components } }: Subject, all: boolean, io: Io): Promise<Answer> {
  const index = await openLocalIndex(io.env)
  try {
    const matches: MatchResponse['matches'][number][] = []
    for (const { position, advisory, decision } of index.matchAll(components, all)) {
      if (!all && index.decisions.length === 0 && !isShown(decision)) continue
      matches.push({ component: position, advisory: advisorySummary(advisory), decision })
    }
    return { advisories: index.data, matches, shared: index.decisions }
  } finally {
    index.close()
  }
}

/** A tracker has applied its decisions itself. */
async function matchAtTracker(url: string, { composition }: Subject, all: boolean, io: Io): Promise<Answer> {
  const { matchRemotely } = await trackerClient(io)
  const answer = await matchRemotely(url, composition.components, { all, signal: io.signal })
  return { ...answer, shared: [] }
}

/** What talks to a tracker, loaded when one is asked: Node's network alone is fifty modules. */
async function trackerClient(io: Io) {
  const { useNetworkSettings } = await import('@firn/core/download')
  useNetworkSettings(io.env)
  return import('@firn/scan')
}

/** `52 records, updated 3 hours ago, the newest of 2024-10-23`, and so on. */
function describeData(data: MatchData, maxAge: number): Pick<Matched, 'data' | 'dated' | 'stale' | 'warning'> {
  const updated = Date.parse(data.updated)
  if (Number.isNaN(updated)) {
    throw new UserError('the advisories do not say how old they are', 'make them again: firn scan --update', EXIT.data)
  }
  const age = Date.now() - updated
  const newest = data.newest === undefined ? 'none of them dated' : `the newest of ${data.newest.slice(0, 10)}`
  const moment = `${new Date(updated).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const words = (when: string) => `${count(data.records)} records, updated ${when}, ${newest}`
  const told = { data: words(`${describeAge(age)} ago`), dated: words(moment) }
  if (age <= maxAge) return { ...told, stale: false }
  return {
    ...told,
    stale: true,
    warning: `the advisories are of ${moment}, older than --max-age: newer flaws are not seen. Run firn scan --update`,
  }
}
