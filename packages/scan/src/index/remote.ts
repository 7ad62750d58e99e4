import type { Component } from '../match/model.ts'
import { type MatchData, type MatchResponse, parseMatchResponse, type RemoteMatch } from './answer.ts'
import { ask, endpointOf } from './ask.ts'

/** Components in one request: a closure of thousands goes in several, each a few hundred kilobytes. */
const BATCH = 500

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
  const endpoint = endpointOf(url, 'match')
  let advisories: MatchData | undefined
  const matches: RemoteMatch[] = []
  for (let start = 0; start < components.length || advisories === undefined; start += BATCH) {
    const batch = components.slice(start, start + BATCH)
    const request: MatchRequest = { components: batch.map(outgoing), all: options.all }
    const response = parseMatchResponse(await ask(endpoint, request, options.signal), endpoint, batch.length)
    advisories ??= response.advisories
    for (const match of response.matches) matches.push({ ...match, component: start + match.component })
  }
  return { advisories, matches }
}
