import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMatchResponse } from '@firn/scan'
import type { z } from '@hono/zod-openapi'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type {
  ChannelSummary,
  ChannelView,
  CveView,
  FrontView,
  PackageView,
  SearchView,
  StatusView,
} from '../src/domain/views.ts'
import { API_ROUTES } from '../src/http/api/routes.ts'
import type * as schemas from '../src/http/api/schemas.ts'
import { createApp } from '../src/http/app.ts'
import { fakeReading, NOW, OPENSSL } from './http-fixture.ts'

/** T without `readonly` and without `undefined` in optional fields, all the way down. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> }
    : T
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Shows<Schema extends z.ZodType, Model> = Same<Plain<z.infer<Schema>>, Plain<Model>>

/** tsc fails here as soon as a schema and its view model differ. */
const EQUAL: readonly [
  Shows<typeof schemas.Cve, CveView>,
  Shows<typeof schemas.Package, PackageView>,
  Shows<typeof schemas.Channels, readonly ChannelSummary[]>,
  Shows<typeof schemas.Channel, ChannelView>,
  Shows<typeof schemas.Status, StatusView>,
  Shows<typeof schemas.Search, SearchView>,
  Shows<typeof schemas.Front, FrontView>,
] = [true, true, true, true, true, true, true]

const app = createApp(fakeReading(), { version: '0.1.0', now: () => NOW })

interface Document {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>
  readonly components: object
}
interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >
}

async function openapi(): Promise<Document> {
  return (await (await app.request('/api/v1/openapi.json')).json()) as Document
}

/** Follows the references of the document: a schema of one answer, by itself. */
function schemaOf(document: Document, path: string, status: string): object {
  const [content] = Object.values(document.paths[path]!.get.responses[status]!.content)
  return { ...content!.schema, components: document.components }
}

test('every answer is what the OpenAPI document says it is', async () => {
  assert.ok(EQUAL.every(Boolean))
  const document = await openapi()
  assert.equal(document.openapi, '3.1.0')
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  const asked: readonly (readonly [string, string, string])[] = [
    ['/cves/{id}', '/cves/CVE-2024-5535', '200'],
    ['/cves/{id}', '/cves/CVE-2024-3094', '200'],
    ['/cves/{id}', '/cves/CVE-2031-12345', '404'],
    ['/cves/{id}', '/cves/x', '400'],
    ['/packages/{attribute}', '/packages/openssl', '200'],
    ['/packages/{attribute}', '/packages/nothing', '404'],
    ['/channels', '/channels', '200'],
    ['/channels/{name}', '/channels/nixos-unstable?page=2', '200'],
    ['/channels/{name}', '/channels/nixos-unstable?page=0', '400'],
    ['/channels/{name}', '/channels/none', '404'],
    ['/status', '/status', '200'],
    ['/search', '/search?q=openssl', '200'],
    ['/search', `/search?q=${'x'.repeat(201)}`, '400'],
    ['/search', '/search', '400'],
    ['/front', '/front', '200'],
  ]
  for (const [path, url, status] of asked) {
    const answer = await app.request(`/api/v1${url}`)
    assert.equal(String(answer.status), status, url)
    const [type] = Object.keys(document.paths[path]!.get.responses[status]!.content)
    assert.equal(answer.headers.get('Content-Type'), type, url)
    const valid = ajv.compile(schemaOf(document, path, status))
    assert.ok(valid(await answer.json()), `${url}: ${ajv.errorsText(valid.errors)}`)
  }
})

test('the answer is the view model itself', async () => {
  assert.deepEqual(await (await app.request('/api/v1/cves/cve-2024-5535')).json(), JSON.parse(JSON.stringify(OPENSSL)))
})

test('a problem says what is wrong', async () => {
  const missing = (await (await app.request('/api/v1/cves/CVE-2031-12345')).json()) as {
    detail: string
    status: number
  }
  assert.equal(missing.status, 404)
  assert.match(missing.detail, /No record of CVE-2031-12345 here; the newest record is of 2024-07-20/)
  const bad = (await (await app.request('/api/v1/cves/nonsense')).json()) as { detail: string }
  assert.equal(bad.detail, 'A CVE id has the form CVE-2024-3094.')
  const unknown = await app.request('/api/v1/nothing')
  assert.equal(unknown.status, 404)
  assert.equal(unknown.headers.get('Content-Type'), 'application/problem+json')
})

test('scripts of any origin may read the API, and only the API', async () => {
  const headers = { Origin: 'https://example.org' }
  assert.equal((await app.request('/api/v1/status', { headers })).headers.get('Access-Control-Allow-Origin'), '*')
  assert.equal((await app.request('/status', { headers })).headers.get('Access-Control-Allow-Origin'), null)
  const preflight = await app.request('/api/v1/status', {
    method: 'OPTIONS',
    headers: { ...headers, 'Access-Control-Request-Method': 'GET' },
  })
  assert.equal(preflight.status, 204)
  assert.match(preflight.headers.get('Access-Control-Allow-Methods') ?? '', /GET/)
})

test('the documentation page lists every route of the document, and no other', async () => {
  const listed = API_ROUTES.map((route) => route.path.replace('/api/v1', '')).sort()
  assert.deepEqual(listed, Object.keys((await openapi()).paths).sort())
  const page = await (await app.request('/api')).text()
  for (const route of API_ROUTES) {
    assert.ok(page.includes(`${route.method ?? 'GET'} ${route.path}`), route.path)
    assert.ok(route.method === 'POST' || route.example !== undefined, route.path)
    if (route.example !== undefined) assert.notEqual((await app.request(route.example)).status, 400, route.example)
  }
})

const ask = (path: string, body: unknown) =>
  app.request(`/api/v1/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

test('a scanner may ask about components and paths, and gets what it can read', async () => {
  const answer = await ask('match', { components: [{ name: 'openssl-3.0.14' }], all: false })
  assert.equal(answer.status, 200)
  const { matches } = parseMatchResponse(await answer.text(), 'here', 1)
  assert.deepEqual([matches[0]?.component, matches[0]?.advisory.id], [0, OPENSSL.id])
  const resolved = await ask('resolve', { paths: ['/nix/store/x'] })
  assert.deepEqual(((await resolved.json()) as { packages: { path: string }[] }).packages[0]?.path, '/nix/store/x')
})

test('a question is bounded', async () => {
  const many = Array.from({ length: 501 }, () => ({ name: 'x' }))
  const wrong: readonly (readonly [string, unknown, number])[] = [
    ['match', { components: many, all: false }, 400],
    ['match', { components: [{ name: 'x'.repeat(501) }], all: false }, 400],
    ['match', { components: [{}], all: false }, 400],
    ['match', '{"components":', 400],
    ['match', '', 400],
    ['match', { components: [{ name: 'x', sources: ['y'.repeat(5 * 2 ** 20)] }], all: true }, 413],
    ['resolve', { paths: 'all' }, 400],
    ['resolve', { paths: Array.from({ length: 2_001 }, () => 'x') }, 400],
  ]
  for (const [path, body, status] of wrong) {
    const answer = await ask(path, body)
    assert.equal(answer.status, status, JSON.stringify(body).slice(0, 60))
    assert.equal(answer.headers.get('Content-Type'), 'application/problem+json')
  }
  const { detail } = (await (await ask('match', { components: [{}], all: false })).json()) as { detail: string }
  assert.match(detail, /^components\.0\.name: Invalid input/)
  assert.equal((await app.request('/api/v1/match')).status, 405)
})
