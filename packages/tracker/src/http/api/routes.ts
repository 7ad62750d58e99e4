import type { MatchRequest } from '@firn/scan'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import type { Reading } from '../../domain/reading.ts'
import { QUERY_LIMIT } from '../components/searchbox.ts'
import { type Frame, newestRecord } from '../frame.ts'
import type { ApiRoute } from '../pages/api.ts'
import { parseCveId, parseName, parsePage, parseQuery } from '../params.ts'
import { problem } from './problem.ts'
import {
  Channel,
  Channels,
  Cve,
  Front,
  MatchAnswer,
  MatchQuestion,
  Package,
  Problem,
  ResolveAnswer,
  ResolveQuestion,
  Search,
  Status,
} from './schemas.ts'

/** What the documentation page lists, in its order. */
export const API_ROUTES: readonly ApiRoute[] = [
  {
    path: '/api/v1/cves/{id}',
    summary: 'One CVE: what it says, scores, urgency, packages with verdicts and evidence',
    example: '/api/v1/cves/CVE-2024-3094',
  },
  {
    path: '/api/v1/packages/{attribute}',
    summary: 'One package: its version in each channel, its history, its CVEs',
    example: '/api/v1/packages/openssl',
  },
  { path: '/api/v1/channels', summary: 'All channels with their counts', example: '/api/v1/channels' },
  {
    path: '/api/v1/channels/{name}',
    summary: 'One channel: affected pairs by page, package sets seen',
    example: '/api/v1/channels/nixos-unstable',
  },
  { path: '/api/v1/search', summary: 'Packages and CVEs for a query', example: '/api/v1/search?q=openssl' },
  { path: '/api/v1/status', summary: 'Age and state of the data', example: '/api/v1/status' },
  { path: '/api/v1/front', summary: 'What the front page shows', example: '/api/v1/front' },
  {
    path: '/api/v1/match',
    method: 'POST',
    summary: 'What affects the components of a closure: firn scan --tracker asks this',
  },
  {
    path: '/api/v1/resolve',
    method: 'POST',
    summary: 'Store paths of evaluated package sets, to attribute, identifiers and patches',
  },
]

/** Version 1 of the web API, to be mounted at /api/v1. */
export function createApi(reading: Reading, frame: () => Promise<Frame>, version: string): OpenAPIHono {
  const api = new OpenAPIHono({
    defaultHook: (result, c) => (result.success ? undefined : problem(c, 400, complaint(result.error))),
  })
  api.use(cors({ origin: '*', allowMethods: ['GET', 'HEAD', 'POST'], exposeHeaders: ['ETag'], maxAge: 86_400 }))

  api.openapi(route('/cves/{id}', 'One CVE', Cve, { params: z.object({ id: cveId }) }), async (c) => {
    const { id } = c.req.valid('param')
    const found = await reading.cve(id)
    if (found !== undefined) return c.json(found, 200)
    const known = await frame()
    const newest = newestRecord(known)
    const none = known.cves === 0 ? 'no CVE record has been loaded' : 'no feed has come in whole yet'
    const dated = newest === undefined ? none : `the newest record is of ${newest.slice(0, 10)}`
    return problem(c, 404, `No record of ${id} here; ${dated}. It is reserved, newer than this data, or not assigned.`)
  })

  api.openapi(
    route('/packages/{attribute}', 'One package', Package, { params: z.object({ attribute: name }) }),
    async (c) => {
      const { attribute } = c.req.valid('param')
      const found = await reading.packageView(attribute)
      return found === undefined ? problem(c, 404, `No channel here has a package ${attribute}.`) : c.json(found, 200)
    },
  )

  api.openapi(route('/channels', 'All channels', Channels), async (c) => c.json(await reading.channels(), 200))

  api.openapi(
    route('/channels/{name}', 'One channel', Channel, { params: z.object({ name }), query: z.object({ page }) }),
    async (c) => {
      const asked = c.req.valid('param').name
      const found = await reading.channel(asked, c.req.valid('query').page)
      return found === undefined ? problem(c, 404, `No channel ${asked} here.`) : c.json(found, 200)
    },
  )

  api.openapi(
    route('/search', 'Packages and CVEs for a query', Search, { query: z.object({ q: query, page }) }),
    async (c) => {
      const { q, page } = c.req.valid('query')
      return c.json(await reading.search(q, page), 200)
    },
  )

  api.openapi(route('/status', 'Age and state of the data', Status), async (c) => c.json(await reading.status(), 200))
  api.openapi(route('/front', 'What the front page shows', Front), async (c) => c.json(await reading.front(), 200))

  api.use('/match', limitBody)
  api.openapi(question('/match', 'What affects these components', MatchQuestion, MatchAnswer), async (c) =>
    c.json(await reading.match(c.req.valid('json') as MatchRequest), 200),
  )
  api.use('/resolve', limitBody)
  api.openapi(question('/resolve', 'What these store paths are', ResolveQuestion, ResolveAnswer), async (c) =>
    c.json({ packages: await reading.resolve(c.req.valid('json').paths) }, 200),
  )

  const document = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'firn tracker',
      version,
      description: 'Known vulnerabilities, compared with the packages of nixpkgs.',
    },
    servers: [{ url: '/api/v1' }],
  })
  api.get('/openapi.json', (c) => c.json(document))
  return api
}

/** A parameter that one of the parsers of params.ts reads. */
function parsed<T>(parse: (text: string) => T | undefined, message: string, metadata: Record<string, unknown>) {
  return z
    .string()
    .transform((text, context) => {
      const value = parse(text)
      if (value !== undefined) return value
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .openapi(metadata)
}

const cveId = parsed(parseCveId, 'A CVE id has the form CVE-2024-3094.', { type: 'string', example: 'CVE-2024-3094' })
const name = parsed(parseName, 'A name is one line of at most 200 characters.', { type: 'string', maxLength: 200 })
const query = parsed(parseQuery, `A query has at most ${QUERY_LIMIT} characters.`, {
  type: 'string',
  maxLength: QUERY_LIMIT,
})
const page = z
  .string()
  .optional()
  .transform((text, context) => {
    const value = parsePage(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: 'A page is a whole number from 1 to 99999.' })
    return z.NEVER
  })
  .openapi({ type: 'integer', minimum: 1, maximum: 99_999, default: 1 })

/** The largest honest question, a few hundred components with long lists of patches, is far below. */
const BODY_LIMIT = 4 * 2 ** 20

const limitBody = bodyLimit({
  maxSize: BODY_LIMIT,
  onError: (c) => problem(c, 413, `A question has at most ${BODY_LIMIT} bytes: ask in several.`),
})

/** A question that is too long for an address. It changes nothing. */
function question<P extends string, Q extends z.ZodType, A extends z.ZodType>(
  path: P,
  summary: string,
  asks: Q,
  answers: A,
) {
  const failure = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: Problem } },
  })
  return createRoute({
    method: 'post',
    path,
    summary,
    request: { body: { required: true, content: { 'application/json': { schema: asks } } } },
    responses: {
      200: { description: summary, content: { 'application/json': { schema: answers } } },
      400: failure('The question cannot be meant'),
      413: failure('The question is too large'),
    },
  })
}

function route<P extends string, S extends z.ZodType, R extends object = object>(
  path: P,
  summary: string,
  schema: S,
  request: R = {} as R,
) {
  const failure = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: Problem } },
  })
  return createRoute({
    method: 'get',
    path,
    summary,
    request,
    responses: {
      200: { description: summary, content: { 'application/json': { schema } } },
      400: failure('A parameter cannot be meant'),
      404: failure('There is no such thing here'),
    },
  })
}

interface Complaint {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** `components.0.name: Invalid input: …`, one after the other; a parameter's own words name it already. */
function complaint(error: { readonly issues: readonly Complaint[] }): string {
  return error.issues
    .map(({ path, message }) => (message.startsWith('Invalid input') ? `${path.join('.')}: ${message}` : message))
    .join('; ')
}
