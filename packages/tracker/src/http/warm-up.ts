import { Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'
import { paths } from './components/link.ts'

/** What this leaves cold, the first visitors pay for; more would only keep people waiting at the start. */
const MOST_MS = 2_000
/** The median time of so many pages is compared with that of as many before. */
const LOT = 100
/** When it is more than this part of it, the pages come no faster any more. */
const SETTLED = 0.9

/**
 * Ask the server at `url` for its front page, the pages of these vulnerabilities, and the packages that the front page
 * leads to, until they come no faster, or for two seconds after the front page. The first visitors would else wait while
 * the code is compiled and the database reads its tables. By way of the network, whose code is cold too; many different
 * pages, since each kind of record has code of its own. Nothing is written, and no fault is told here.
 */
export async function warmUp(url: string, cves: readonly string[], signal: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  try {
    if (signal.aborted) return
    const front = await page(new URL('/', url), agent)
    const until = performance.now() + MOST_MS
    const packages = new Set(front.match(/(?<=href=")\/package\/[^"]+/g))
    let before = Number.POSITIVE_INFINITY
    let times: number[] = []
    for (const place of roundAndRound([...cves.map(paths.cve), ...packages])) {
      if (signal.aborted || performance.now() > until) return
      const began = performance.now()
      await page(new URL(place, url), agent)
      times.push(performance.now() - began)
      if (times.length < LOT) continue
      const median = times.toSorted((a, b) => a - b)[LOT / 2]!
      if (median > before * SETTLED) return
      before = median
      times = []
    }
  } catch {
    // Whoever asks next is told what is wrong.
  } finally {
    agent.destroy()
  }
}

/** Nothing, where there are none. */
function* roundAndRound(places: readonly string[]): Generator<string> {
  while (places.length > 0) yield* places
}

function page(url: URL, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => text(response).then(resolve, reject)).on('error', reject)
  })
}
