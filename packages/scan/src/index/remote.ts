import { EXIT, UserError } from '@firn/core'
import type { Component } from '../match/model.ts'
import { type MatchData, type MatchResponse, parseMatchResponse, type RemoteMatch } from './answer.ts'

/** Components in one request: a closure of thousands goes in several, each a few hundred kilobytes. */
const BATCH = 500
const TIMEOUT_MS = 60_000
/** The answer to one request; every advisory of the kernel is some ten megabytes. */
const MAX_ANSWER = 256 * 2 ** 20

/** `POST /api/v1/match` asks this: components without their store paths. */
export interface MatchRequest {
  readonly components: readonly Component[]
  /** Whether verdicts other than `affected` and `undetermined` are wanted too. */
  readonly all: boolean
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
    if (response.ok) return await textOf(response, endpoint)
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

/** The body, no larger than any honest one. */
async function textOf(response: Response, endpoint: string): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    parts.push(part)
    size += part.length
    if (size <= MAX_ANSWER) continue
    throw new UserError(`${endpoint}: the answer is too large`, 'scan without --tracker', EXIT.data)
  }
  return Buffer.concat(parts).toString('utf8')
}
