import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { setGlobalProxyFromEnv } from 'node:http'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import type { Io } from '../command.ts'
import type { ProgressBar } from '../progress.ts'

/** The CVE program publishes each day's records as an asset of a release. */
const RELEASE = 'https://api.github.com/repos/CVEProject/cvelistV5/releases/latest'
const ASSET = /_all_CVEs_at_midnight\.zip\.zip$/

/**
 * Fetch all CVE records into `folder` and give the file's path; the caller removes it. FIRN_CVE_URL names a mirror of
 * the zip. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured, and NODE_EXTRA_CA_CERTS for a CA of one's own.
 */
export async function downloadRecords(folder: string, io: Io, bar: ProgressBar): Promise<string> {
  setGlobalProxyFromEnv()
  const url = io.env.FIRN_CVE_URL || (await newestAsset(io.signal))
  const response = await get(url, io.signal)
  const total = Number(response.headers.get('content-length') ?? Number.NaN)
  const file = join(folder, `download-${process.pid}.zip.tmp`)
  let done = 0
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, next) {
      done += chunk.length
      bar.show({ label: 'fetching CVE records', done, ...(Number.isNaN(total) ? {} : { total }) })
      next(null, chunk)
    },
  })
  try {
    mkdirSync(folder, { recursive: true })
    await pipeline(Readable.fromWeb(response.body!), count, createWriteStream(file), { signal: io.signal })
    if (!Number.isNaN(total) && done !== total) throw unreachable(url, `it ended after ${done} of ${total} bytes`)
    return file
  } catch (error) {
    rmSync(file, { force: true })
    if (error instanceof UserError || io.signal.aborted) throw error
    const known = diskError(file, error)
    throw known === error ? unreachable(url, (error as Error).message) : known
  } finally {
    bar.close()
  }
}

async function newestAsset(signal: AbortSignal): Promise<string> {
  const release = (await (await get(RELEASE, signal)).json()) as { assets?: { browser_download_url?: string }[] }
  const found = release.assets?.map((asset) => asset.browser_download_url ?? '').find((url) => ASSET.test(url))
  if (found !== undefined) return found
  throw unreachable(RELEASE, 'the newest release has no bulk zip')
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (error) {
    if (signal.aborted) throw error
    const cause = (error as { cause?: { code?: string } }).cause?.code
    throw unreachable(url, cause ?? (error as Error).message)
  }
  if (!response.ok || response.body === null) throw unreachable(url, `it answered ${response.status}`)
  return response
}

function unreachable(url: string, why: string): UserError {
  return new UserError(
    `${url}: ${why}`,
    'check network and proxy; or give files: firn scan --update --from FILE; FIRN_CVE_URL names a mirror',
    EXIT.data,
  )
}
