import type { UserError } from './error.ts'

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** As browsers have it (Fetch standard, HTTP-redirect fetch). */
const MOST_HOPS = 20
/** What was meant for one server is not told to another. */
const FOR_ONE_SERVER = ['authorization', 'cookie']

/**
 * `fetch` that looks at each step of a redirect. From https on, every step must be https: one without it in the middle
 * lets whoever stands there name the rest of the way, however good the last step looks. `refuse` makes the error.
 */
export async function fetchFollowing(
  address: URL,
  { headers, signal }: { readonly headers: Headers; readonly signal: AbortSignal },
  refuse: (why: string) => UserError,
): Promise<Response> {
  let at = address
  for (let hops = 0; ; hops++) {
    const response = await fetch(at, { headers, signal, redirect: 'manual' })
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
    if (location === null) return response
    await response.body?.cancel()
    if (hops === MOST_HOPS) throw refuse(`it redirects more than ${MOST_HOPS} times`)
    const next = URL.canParse(location, at) ? new URL(location, at) : undefined
    if (next?.protocol !== 'https:' && next?.protocol !== 'http:')
      throw refuse('it redirects to what is no http address')
    if (at.protocol === 'https:' && next.protocol !== 'https:') {
      throw refuse('it redirects to an address without https, which is not followed')
    }
    // fetch refuses addresses with credentials in them, and repeats them.
    next.username = next.password = ''
    if (next.origin !== at.origin) for (const name of FOR_ONE_SERVER) headers.delete(name)
    at = next
  }
}
