import { EXIT, UserError } from '@firn/core'
import type { AdvisorySummary } from '../finding.ts'
import type { Component, Decision } from '../match/model.ts'

/** Components in one request: a closure of thousands goes in several, each a few hundred kilobytes. */
const BATCH = 500
const TIMEOUT_MS = 60_000

/** `POST /api/v1/match` asks this: components without their store paths. */
export interface MatchRequest {
  readonly components: readonly Component[]
  /** Whether verdicts other than `affected` and `undetermined` are wanted too. */
  readonly all: boolean
}

/** And gets this: the tracker's data with the same matcher. */
export interface MatchResponse {
  readonly advisories: MatchData
  readonly matches: readonly RemoteMatch[]
}

/** What the answer is based on; dates are ISO 8601. */
export interface MatchData {
  readonly records: number
  /** The last successful update of the tracker's feeds. */
  readonly updated: string
  /** The date of the newest record. */
  readonly newest?: string
}

export interface RemoteMatch {
  /** Index into the request's `components`. */
  readonly component: number
  readonly advisory: AdvisorySummary
  readonly decision: Decision
}

/** The fields of a component that leave the machine. Store paths stay: they would tell what runs where. */
function outgoing(component: Component): Component {
  const { name, pname, version, system, patches, sources, homepages, attribute, cpes, purls } = component
  return Object.fromEntries(
    Object.entries({ name, pname, version, system, patches, sources, homepages, attribute, cpes, purls }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as unknown as Component
}

/** Ask a tracker for what its data says of these components. `url` is the tracker's front page. */
export async function matchRemotely(
  url: string,
  components: readonly Component[],
  options: { readonly all: boolean; readonly signal?: AbortSignal },
): Promise<MatchResponse> {
  const endpoint = endpointOf(url)
  let advisories: MatchData | undefined
  const matches: RemoteMatch[] = []
  for (let start = 0; start < components.length || advisories === undefined; start += BATCH) {
    const batch = components.slice(start, start + BATCH)
    const request: MatchRequest = { components: batch.map(outgoing), all: options.all }
    const response = parseMatchResponse(await post(endpoint, request, options.signal), endpoint, batch.length)
    advisories ??= response.advisories
    for (const match of response.matches) matches.push({ ...match, component: start + match.component })
  }
  return { advisories, matches }
}

function endpointOf(url: string): string {
  try {
    const base = new URL(url.endsWith('/') ? url : `${url}/`)
    if (base.protocol === 'http:' || base.protocol === 'https:') return new URL('api/v1/match', base).href
  } catch {
    // Told below, with everything else that is no address of a tracker.
  }
  throw new UserError(
    `--tracker ${url}: this is no http or https URL`,
    'give the front page, https://tracker.example.org',
  )
}

async function post(endpoint: string, request: MatchRequest, signal?: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(request),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
    if (response.ok) return await response.text()
    throw new UserError(
      `${endpoint}: the tracker answered ${response.status} ${response.statusText}`,
      'check that this is a firn tracker and not older than this firn, or scan without --tracker',
      EXIT.data,
    )
  } catch (error) {
    if (error instanceof UserError || signal?.aborted) throw error
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message
    throw new UserError(
      `${endpoint}: the tracker could not be reached (${cause})`,
      'check the network and the URL, or scan without --tracker',
      EXIT.data,
    )
  }
}

const VERDICTS = new Set(['affected', 'not_affected', 'patched', 'different_product', 'undetermined'])

/** Check an answer: it comes from another machine. `count` is how many components were asked for. */
export function parseMatchResponse(text: string, source: string, count: number): MatchResponse {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw unusable(source, 'not JSON')
  }
  const response = json as Partial<MatchResponse> | null
  if (!Array.isArray(response?.matches)) throw unusable(source, 'without matches')
  const { advisories } = response
  if (typeof advisories?.updated !== 'string' || typeof advisories.records !== 'number') {
    throw unusable(source, 'without the age of its data')
  }
  for (const match of response.matches as unknown[]) {
    const { component, advisory, decision } = (match ?? {}) as Partial<RemoteMatch>
    const isKnown = Number.isSafeInteger(component) && component! >= 0 && component! < count
    if (!isKnown || typeof advisory?.id !== 'string') throw unusable(source, 'with a match of nothing that was asked')
    if (!VERDICTS.has(decision?.verdict ?? '') || !Array.isArray(decision?.evidence)) {
      throw unusable(source, 'with a verdict that is not known')
    }
  }
  return { advisories, matches: response.matches }
}

function unusable(source: string, what: string): UserError {
  return new UserError(
    `${source}: the tracker's answer is ${what}`,
    'it may be newer than this firn, or no firn tracker: scan without --tracker',
    EXIT.data,
  )
}
