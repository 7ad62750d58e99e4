import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { EXIT, UserError } from '@firn/core'
import { parseMatchResponse } from '../src/index/answer.ts'
import { type MatchRequest, matchRemotely } from '../src/index/remote.ts'
import { resolveRemotely } from '../src/index/resolve.ts'

/** A tracker that answers with what `reply` makes of the request. */
async function withTracker(
  reply: (request: MatchRequest, path: string) => { status?: number; location?: string; body: string },
  act: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { status = 200, location, body } = reply(JSON.parse(Buffer.concat(chunks).toString()), request.url!)
    const headers = { 'content-type': 'application/json', ...(location !== undefined && { location }) }
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}/tracker`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const advisories = { records: 3, updated: '2024-10-24T00:00:00Z', newest: '2024-10-23T00:00:00Z' }
const decision = { verdict: 'affected', evidence: [] }

test('many components go in several requests and come back in place, without store paths', async () => {
  const components = Array.from({ length: 1100 }, (_, i) => ({
    name: `p${i}-1.0`,
    paths: ['/nix/store/secret'],
    derivation: '/nix/store/secret.drv',
  }))
  const asked: number[] = []
  await withTracker(
    (request, path) => {
      assert.equal(path, '/tracker/api/v1/match')
      assert.doesNotMatch(JSON.stringify(request), /secret/)
      asked.push(request.components.length)
      const last = request.components.length - 1
      const body = { advisories, matches: [{ component: last, advisory: { id: 'CVE-2024-1' }, decision }] }
      return { body: JSON.stringify(body) }
    },
    async (url) => {
      const response = await matchRemotely(url, components, { all: false })
      assert.deepEqual(asked, [500, 500, 100])
      assert.deepEqual(
        response.matches.map((match) => match.component),
        [499, 999, 1099],
      )
      assert.deepEqual(response.advisories, advisories)
    },
  )
})

test('a tracker that fails, lies or is none is told as such', async () => {
  const cases: [status: number, body: string, message: RegExp][] = [
    [503, '{}', /answered 503/],
    [200, '<html>', /not JSON/],
    [200, '{"findings":[]}', /without matches/],
    [200, '{"matches":[]}', /without the age/],
    [
      200,
      JSON.stringify({ advisories, matches: [{ component: 7, advisory: { id: 'x' }, decision }] }),
      /nothing that was/,
    ],
    [
      200,
      JSON.stringify({ advisories, matches: [{ component: 0, advisory: { id: 'x' }, decision: { verdict: 'fine' } }] }),
      /verdict/,
    ],
  ]
  for (const [status, body, message] of cases) {
    await withTracker(
      () => ({ status, body }),
      async (url) => {
        await assert.rejects(
          matchRemotely(url, [{ name: 'curl-8.8.0' }], { all: true }),
          (error) => error instanceof UserError && error.exit === EXIT.data && message.test(error.message),
          body,
        )
      },
    )
  }
  await assert.rejects(matchRemotely('ftp://x', [], { all: true }), /no http or https URL/)
  await assert.rejects(matchRemotely('http://127.0.0.1:1', [{ name: 'x' }], { all: true }), /could not be reached/)
})

test('what is installed here is told to nobody whom the tracker names', async () => {
  let told = 0
  await withTracker(
    () => {
      told++
      return { body: '{}' }
    },
    (other) =>
      withTracker(
        () => ({ status: 307, location: other, body: '' }),
        async (url) => {
          await assert.rejects(matchRemotely(url, [{ name: 'p-1' }], { all: false }), {
            message: /answered 307/,
            exit: EXIT.data,
          })
        },
      ),
  )
  assert.equal(told, 0)
})

test('of an answer only what is of its type is taken', () => {
  const advisory = {
    id: 'CVE-2024-1',
    title: 7,
    aliases: ['GHSA-x', 8],
    severity: { score: '9.8' },
    kev: { dateAdded: 1 },
    epss: { score: 0.5, percentile: null },
    statements: 'many',
  }
  const said = {
    verdict: 'undetermined',
    reason: 5,
    evidence: [{ kind: 'x' }, { kind: 'a', text: 'b', source: 3 }],
    fixedIn: [],
  }
  const body = JSON.stringify({
    advisories: { ...advisories, extra: 1 },
    matches: [{ component: 0, advisory, decision: said }],
  })
  assert.deepEqual(parseMatchResponse(body, 'tracker', 1), {
    advisories,
    matches: [
      {
        component: 0,
        advisory: { id: 'CVE-2024-1', aliases: ['GHSA-x'] },
        decision: { verdict: 'undetermined', reason: '5', evidence: [{ kind: 'a', text: 'b' }] },
      },
    ],
  })
})

test('a tracker is asked by derivation for what is not known here, and for nothing else', async () => {
  const components = [
    { name: 'a-1.0', paths: ['/nix/store/out-a'], derivation: '/nix/store/a.drv' },
    { name: 'b-1.0', paths: ['/nix/store/out-b'], derivation: '/nix/store/b.drv', patches: [] },
    { name: 'c-1.0', paths: ['/nix/store/out-c'] },
    { name: 'd-1.0', pname: 'd', paths: [], derivation: '/nix/store/d.drv' },
  ]
  const packages = [
    {
      path: '/nix/store/a.drv',
      attribute: 'a',
      pname: 'a',
      version: '1.0',
      cpes: ['cpe:x'],
      purls: [],
      patches: ['f.patch', 7],
    },
    { path: '/nix/store/b.drv', attribute: 'b', cpes: [], purls: [], patches: ['not asked for'] },
    { path: '/nix/store/d.drv', attribute: 'd', pname: 'other', cpes: [], purls: [] },
  ]
  await withTracker(
    (request, path) => {
      assert.equal(path, '/tracker/api/v1/resolve')
      assert.deepEqual(request, { paths: ['/nix/store/a.drv', '/nix/store/d.drv'] })
      return { body: JSON.stringify({ packages }) }
    },
    async (url) => {
      const [a, b, c, d] = await resolveRemotely(url, components)
      const known = { attribute: 'a', pname: 'a', version: '1.0', cpes: ['cpe:x'], patches: ['f.patch'] }
      assert.deepEqual(a, { ...components[0], ...known })
      assert.deepEqual([b, c], [components[1], components[2]])
      assert.deepEqual(d, { ...components[3], attribute: 'd' }, 'patches stay unknown, and its own name stays')
    },
  )
  for (const body of ['<html>', '{}', '{"packages":[{"path":1}]}']) {
    await withTracker(
      () => ({ body }),
      (url) => assert.rejects(resolveRemotely(url, components), UserError, body),
    )
  }
})
