import type { Hono } from 'hono'

/** By then the code of the pages is compiled; more would only keep people waiting at the start. */
const MOST_MS = 1500
const ROUNDS = 20

/**
 * Ask for the pages that the front page leads to, again and again, before anybody else does: the first visitors would
 * else wait while the code is compiled and the database reads its tables. Nothing is written, and no fault is told here.
 */
export async function warmUp(app: Pick<Hono, 'request'>, signal: AbortSignal): Promise<void> {
  const until = performance.now() + MOST_MS
  const front = await (await app.request('/')).text()
  const places = new Set(front.match(/(?<=href=")\/(?:cve|package)\/[^"]+/g))
  for (let round = 0; round < ROUNDS; round++) {
    for (const place of places) {
      if (signal.aborted || performance.now() > until) return
      await (await app.request(place)).text()
    }
  }
}
