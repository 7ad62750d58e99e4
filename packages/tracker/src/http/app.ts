import type { Context } from 'hono'
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { Reading } from '../domain/reading.ts'
import { type ProblemStatus, problem } from './api/problem.ts'
import { API_ROUTES, createApi } from './api/routes.ts'
import { findAsset } from './assets.ts'
import { paths } from './components/link.ts'
import { type Frame, frames } from './frame.ts'
import { apiPage } from './pages/api.ts'
import { channelPage } from './pages/channel.ts'
import { cvePage } from './pages/cve.ts'
import { errorPage, unknownChannelPage, unknownCvePage, unknownPackagePage } from './pages/error.ts'
import { frontPage } from './pages/front.ts'
import { packagePage } from './pages/package.ts'
import { searchPage } from './pages/search.ts'
import { statusPage } from './pages/status.ts'
import { guessCveId, parseCveId, parseName, parsePage, parseQuery } from './params.ts'
import { revalidate, securityHeaders } from './security.ts'

export interface AppOptions {
  /** firn's own version. */
  readonly version: string
  readonly now?: () => Date
  /** Told of every failure of ours; `url` is the path that was asked for. */
  readonly onFailure?: (error: unknown, url: string) => void
}

/** The tracker's web pages and web API over what it reads: no state, nothing written. */
export function createApp(reading: Reading, options: AppOptions): Hono {
  const frame = frames(reading, options.now ?? (() => new Date()))
  const app = new Hono()
  app.use(securityHeaders(), revalidate(), etag())
  app.use(methodNotAllowed({ app, onMethodNotAllowed: (c, methods) => notAllowed(c, frame, methods) }))

  app.get('/', async (c) => c.html(frontPage(await frame(), await reading.front())))
  app.get('/search', (c) => search(c, reading, frame))
  app.get('/cve/:id', (c) => cve(c, reading, frame))
  app.get('/package/:attribute', (c) => packageOf(c, reading, frame))
  app.get('/channel/:name', (c) => channel(c, reading, frame))
  app.get('/status', async (c) => c.html(statusPage(await frame(), await reading.status())))
  app.get('/api', async (c) => c.html(apiPage(await frame(), API_ROUTES, new URL(c.req.url).origin)))
  app.route('/api/v1', createApi(reading, frame, options.version))
  app.get('/assets/:name', (c) => asset(c, frame))

  app.notFound((c) => failure(c, frame, 404, 'There is no such page', 'The address may be mistyped.'))
  app.onError(async (error, c) => {
    if (error instanceof HTTPException && error.status < 500) {
      return failure(c, frame, 400, 'That cannot be answered', 'The request is malformed.')
    }
    options.onFailure?.(error, c.req.path)
    return failure(c, frame, 500, 'Something failed on our side', 'It has been logged. Try again in a moment.')
  })
  return app
}

type Frames = () => Promise<Frame>

/** A CVE id or the exact attribute of a package leads straight to its page, unless all results are asked for. */
async function search(c: Context, reading: Reading, frame: Frames): Promise<Response> {
  const query = parseQuery(c.req.query('q'))
  const page = parsePage(c.req.query('page'))
  if (query === undefined) return failure(c, frame, 400, 'That query is too long', 'Search for fewer words.')
  if (page === undefined) return badPage(c, frame)
  if (query === '') return c.html(searchPage(await frame(), { query, cves: [], packages: [], page: 1, more: false }))
  const direct = c.req.query('all') === undefined
  const id = direct ? guessCveId(query) : undefined
  if (id !== undefined) return c.redirect(paths.cve(id))
  const view = await reading.search(query, page)
  if (direct && view.packages.some((found) => found.attribute === query)) return c.redirect(paths.package(query))
  return c.html(searchPage(await frame(), view))
}

async function cve(c: Context, reading: Reading, frame: Frames): Promise<Response> {
  const asked = c.req.param('id') ?? ''
  const id = parseCveId(asked)
  if (id === undefined) return failure(c, frame, 400, 'That is not a CVE id', 'A CVE id has the form CVE-2024-3094.')
  if (id !== asked) return c.redirect(paths.cve(id), 301)
  const view = await reading.cve(id)
  return view === undefined ? c.html(unknownCvePage(await frame(), id), 404) : c.html(cvePage(await frame(), view))
}

async function packageOf(c: Context, reading: Reading, frame: Frames): Promise<Response> {
  const attribute = parseName(c.req.param('attribute') ?? '')
  if (attribute === undefined) return badName(c, frame)
  const view = await reading.packageView(attribute)
  if (view === undefined) return c.html(unknownPackagePage(await frame(), attribute), 404)
  return c.html(packagePage(await frame(), view))
}

async function channel(c: Context, reading: Reading, frame: Frames): Promise<Response> {
  const name = parseName(c.req.param('name') ?? '')
  const page = parsePage(c.req.query('page'))
  if (name === undefined) return badName(c, frame)
  if (page === undefined) return badPage(c, frame)
  const view = await reading.channel(name, page)
  if (view === undefined) return c.html(unknownChannelPage(await frame(), name), 404)
  return c.html(channelPage(await frame(), view))
}

async function asset(c: Context, frame: Frames): Promise<Response> {
  const file = findAsset(c.req.path)
  if (file === undefined) return failure(c, frame, 404, 'There is no such file', 'The page that named it may be old.')
  return c.body(file.body, 200, { 'Content-Type': file.type, 'Cache-Control': 'public, max-age=31536000, immutable' })
}

function badName(c: Context, frame: Frames): Promise<Response> {
  return failure(c, frame, 400, 'That name cannot be one', 'A name is one line of at most 200 characters.')
}

function badPage(c: Context, frame: Frames): Promise<Response> {
  return failure(c, frame, 400, 'There is no such page', 'A page is a whole number from 1 to 99999.')
}

async function notAllowed(c: Context, frame: Frames, methods: readonly string[]): Promise<Response> {
  const allowed = methods.join(', ')
  const answer = await failure(
    c,
    frame,
    405,
    'That method is not allowed',
    `Only ${allowed} can be asked of this address.`,
  )
  answer.headers.set('Allow', allowed)
  return answer
}

/** A failure in the caller's language: a page for people, a problem document for the API. Never a stack. */
async function failure(
  c: Context,
  frame: Frames,
  status: ProblemStatus,
  title: string,
  hint: string,
): Promise<Response> {
  if (c.req.path.startsWith('/api/')) return problem(c, status, `${title}. ${hint}`)
  const shown = await frame().catch(() => ({ now: new Date(), version: '', channels: [], feeds: [], cves: 0 }))
  return c.html(errorPage(shown, title, hint), status)
}
