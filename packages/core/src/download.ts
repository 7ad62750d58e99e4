import { createHash } from 'node:crypto'
import { createWriteStream, readFileSync, rmSync } from 'node:fs'
import { setGlobalProxyFromEnv } from 'node:http'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { EXIT, UserError } from './error.ts'
import { diskError } from './fs.ts'
import { fetchFollowing } from './redirects.ts'

/** What to fetch and on which terms. */
export interface Fetching {
  readonly signal: AbortSignal
  /** The most bytes that are taken. */
  readonly limit: number
  /** Extra request headers, an authorization say; those that tell who we are go to the first host only. */
  readonly headers?: Readonly<Record<string, string>>
  /** What the last answer said of itself; when nothing changed since, the answer is `unchanged`. */
  readonly last?: Validators
  /** Give up after so many milliseconds in which nothing came (60,000). */
  readonly patience?: number
  /** Told as bytes come; `total` where the server said it. */
  readonly onProgress?: (done: number, total?: number) => void
}

/** ETag and Last-Modified, as a server gave them. */
export interface Validators {
  readonly etag?: string
  readonly lastModified?: string
}

export interface Downloaded extends Validators {
  /** Where it came from in the end, after redirects. */
  readonly url: string
  /** Hexadecimal. */
  readonly sha256: string
  readonly size: number
}

const PATIENCE_MS = 60_000

/**
 * Let all requests of this process go through HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and trust the certificates of the
 * PEM file FIRN_CA_FILE beside the usual ones (NODE_EXTRA_CA_CERTS is Node's own way to the same).
 */
export function useNetworkSettings(env: Readonly<Record<string, string | undefined>>): void {
  try {
    setGlobalProxyFromEnv({ ...env })
  } catch (error) {
    throw new UserError(
      `a proxy that cannot be used: ${withoutCredentials((error as Error).message)}`,
      'HTTP_PROXY and HTTPS_PROXY are of the form http://HOST:PORT',
    )
  }
  const file = env.FIRN_CA_FILE
  if (file === undefined || file === '') return
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    throw diskError(`FIRN_CA_FILE ${file}`, error)
  }
  const own = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (own === null) throw new UserError(`FIRN_CA_FILE ${file}: no certificate in it`, 'give a file in PEM format')
  try {
    setDefaultCACertificates([...getCACertificates('default'), ...own])
  } catch (error) {
    throw new UserError(`FIRN_CA_FILE ${file}: ${(error as Error).message}`, 'give a file in PEM format')
  }
}

/**
 * Fetch `url` into `file`, which is removed again on any failure. Half a body, more than the limit, a status other
 * than 200, an unreachable host and a redirect from https to http are UserErrors (exit 3); undefined: unchanged.
 */
export async function download(url: string, file: string, fetching: Fetching): Promise<Downloaded | undefined> {
  const watch = watchdog(fetching)
  try {
    const response = await request(url, fetching, watch)
    if (response === undefined) return undefined
    const total = declaredLength(response)
    if (total !== undefined && total > fetching.limit) throw tooLarge(url, fetching.limit)
    const hash = createHash('sha256')
    let size = 0
    const count = new Transform({
      transform(chunk: Uint8Array, _encoding, next) {
        watch.touch()
        size += chunk.length
        hash.update(chunk)
        fetching.onProgress?.(size, total)
        next(size > fetching.limit ? tooLarge(url, fetching.limit) : null, chunk)
      },
    })
    const body = Readable.fromWeb(response.body!)
    await pipeline(body, count, createWriteStream(file, { mode: 0o600 }), { signal: watch.signal })
    if (total !== undefined && size !== total) throw unreachable(url, `it ended after ${size} of ${total} bytes`)
    return { url: response.url, sha256: hash.digest('hex'), size, ...validatorsOf(response) }
  } catch (error) {
    rmSync(file, { force: true })
    throw failure(url, file, error, fetching, watch)
  } finally {
    watch.stop()
  }
}

/** Fetch a small text, whole in memory; fails as `download` does. */
export async function fetchText(url: string, fetching: Omit<Fetching, 'last'>): Promise<string> {
  const watch = watchdog(fetching)
  try {
    const response = (await request(url, fetching, watch))!
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of response.body!) {
      watch.touch()
      size += part.length
      if (size > fetching.limit) throw tooLarge(url, fetching.limit)
      parts.push(part)
    }
    const total = declaredLength(response)
    if (total !== undefined && size !== total) throw unreachable(url, `it ended after ${size} of ${total} bytes`)
    return new TextDecoder().decode(Buffer.concat(parts))
  } catch (error) {
    throw failure(url, withoutCredentials(url), error, fetching, watch)
  } finally {
    watch.stop()
  }
}

/**
 * The bytes from `from` to before `to` of what lies at `url`, as they come. Of a server that knows no ranges, what comes
 * before is read and dropped. Fails as `download` does, also when it ends early; ask again for what is missing.
 */
export async function* fetchRange(
  url: string,
  { from, to }: { readonly from: number; readonly to: number },
  fetching: Pick<Fetching, 'signal' | 'headers' | 'patience'>,
): AsyncGenerator<Uint8Array> {
  const limits = { ...fetching, limit: to }
  const watch = watchdog(limits)
  try {
    const response = (await request(url, limits, watch, { from, to }))!
    const starts = response.status === 206 ? from : 0
    let at = starts
    for await (const part of response.body!) {
      watch.touch()
      const [first, last] = [Math.max(from - at, 0), Math.min(to - at, part.length)]
      at += part.length
      if (first < last) yield part.subarray(first, last)
      // The rest is not waited for.
      if (at >= to) return
    }
    throw unreachable(url, `it ended after ${at - starts} of ${to - starts} bytes`)
  } catch (error) {
    throw failure(url, withoutCredentials(url), error, limits, watch)
  } finally {
    watch.stop()
  }
}

/** An address as it may be shown: without the user and password that it may hold. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
}

async function request(
  url: string,
  fetching: Fetching,
  watch: Watchdog,
  range?: { readonly from: number; readonly to: number },
): Promise<Response | undefined> {
  const address = httpUrl(url)
  const headers = new Headers({ 'accept-encoding': 'identity', 'user-agent': 'firn', ...fetching.headers })
  if (range !== undefined) headers.set('range', `bytes=${range.from}-${range.to - 1}`)
  if (address.username !== '') {
    // fetch refuses addresses with credentials in them.
    const words = [address.username, address.password].map(decodeURIComponent).join(':')
    headers.set('authorization', `Basic ${Buffer.from(words).toString('base64')}`)
    address.username = address.password = ''
  }
  const { last } = fetching
  if (last?.etag !== undefined) headers.set('if-none-match', last.etag)
  if (last?.lastModified !== undefined) headers.set('if-modified-since', last.lastModified)
  const response = await fetchFollowing(address, { headers, signal: watch.signal }, (why) => unreachable(url, why))
  watch.touch()
  if (response.status === 304 && last !== undefined) return undefined
  const isPart = range !== undefined && response.status === 206
  if ((response.status !== 200 && !isPart) || response.body === null) {
    await response.body?.cancel()
    throw unreachable(url, `it answered ${response.status} ${response.statusText}`.trim())
  }
  const said = response.headers.get('content-range') ?? ''
  if (isPart && !said.startsWith(`bytes ${range.from}-`)) {
    await response.body?.cancel()
    throw unreachable(url, `asked for bytes from ${range.from} on, it answered with "${said.slice(0, 60)}"`)
  }
  return response
}

function httpUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed
  throw new UserError(`${withoutCredentials(url)}: this is no http or https URL`, 'give the whole address, https://…')
}

/** A server that packs the body on the way declares the packed length, which says nothing of what arrives here. */
function declaredLength(response: Response): number | undefined {
  const length = response.headers.get('content-length')
  const encoding = response.headers.get('content-encoding') ?? 'identity'
  return length !== null && /^\d{1,15}$/.test(length) && encoding === 'identity' ? Number(length) : undefined
}

function validatorsOf(response: Response): Validators {
  const etag = response.headers.get('etag')
  const lastModified = response.headers.get('last-modified')
  return { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) }
}

interface Watchdog {
  readonly signal: AbortSignal
  readonly patience: number
  expired: boolean
  touch(): void
  stop(): void
}

function watchdog({ signal, patience = PATIENCE_MS }: Pick<Fetching, 'signal' | 'patience'>): Watchdog {
  const silence = new AbortController()
  const timer = setTimeout(() => {
    watch.expired = true
    silence.abort()
  }, patience)
  const watch: Watchdog = {
    signal: AbortSignal.any([signal, silence.signal]),
    patience,
    expired: false,
    touch: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  }
  return watch
}

function failure(url: string, file: string, error: unknown, { signal }: Fetching, watch: Watchdog): unknown {
  if (signal.aborted || error instanceof UserError) return error
  if (watch.expired) return unreachable(url, `nothing came for ${Math.round(watch.patience / 1000)} seconds`)
  const known = diskError(file, error)
  if (known !== error) return known
  return unreachable(url, reasonOf((error as Error).cause ?? error))
}

function reasonOf(cause: unknown): string {
  const { code = '', message, address, port } = cause as NodeJS.ErrnoException & { address?: string; port?: number }
  // Behind a proxy this is the proxy.
  if (code === 'ECONNREFUSED' && address !== undefined) return `nothing listens at ${address} port ${port} (${code})`
  if (UNTRUSTED.test(code)) return `nobody trusted here signed its certificate (${code}); FIRN_CA_FILE can name who may`
  return WHY[code] ?? (code === '' ? message : code)
}

const UNTRUSTED =
  /^(UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|(DEPTH_ZERO_)?SELF_SIGNED_CERT(_IN_CHAIN)?)$/

/** What the system calls it, in the words of who waits for the file. */
const WHY: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host, or no network (ENOTFOUND)',
  EAI_AGAIN: 'no name server answers: there may be no network (EAI_AGAIN)',
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection broke off (ECONNRESET)',
  ENETUNREACH: 'no way leads there: there may be no network (ENETUNREACH)',
  ETIMEDOUT: 'no answer came (ETIMEDOUT)',
  CERT_HAS_EXPIRED: 'its certificate has expired, or the clock of this machine is wrong (CERT_HAS_EXPIRED)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is that of another host (ERR_TLS_CERT_ALTNAME_INVALID)',
}

function tooLarge(url: string, limit: number): UserError {
  return unreachable(url, `more than ${limit} bytes, which no such file has`)
}

function unreachable(url: string, why: string): UserError {
  return new UserError(
    `${withoutCredentials(url)}: ${why}`,
    'check the network, the proxy and the address, then try again',
    EXIT.data,
  )
}
