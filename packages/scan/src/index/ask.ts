import { EXIT, UserError } from '@firn/core'

const TIMEOUT_MS = 60_000
/** The answer to one request; every advisory of the kernel is some ten megabytes. */
const MAX_ANSWER = 256 * 2 ** 20

/** The address of one of a tracker's questions (`match`, `resolve`); `url` is the tracker's front page. */
export function endpointOf(url: string, question: string): string {
  try {
    const base = new URL(url.endsWith('/') ? url : `${url}/`)
    if (base.protocol === 'http:' || base.protocol === 'https:') return new URL(`api/v1/${question}`, base).href
  } catch {
    // Told below, with everything else that is no address of a tracker.
  }
  throw new UserError(
    `--tracker ${url}: this is no http or https URL`,
    'give the front page, https://tracker.example.org',
  )
}

/** Ask a tracker; the answer's text. What hinders it is a UserError with exit code 3. */
export async function ask(endpoint: string, request: object, signal?: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(request),
      // What is installed here is for the tracker that was named, and for nobody else.
      redirect: 'manual',
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
