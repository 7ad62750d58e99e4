import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { listen } from '../src/http/server.ts'
import { warmUp } from '../src/http/warm-up.ts'

async function askedOf(cves: readonly string[], signal = new AbortController().signal): Promise<string[]> {
  const asked: string[] = []
  const app = new Hono()
  app.get('*', (c) => {
    asked.push(c.req.path)
    return c.html(c.req.path === '/' ? '<a href="/package/curl"></a><a href="/status"></a>' : '')
  })
  const server = await listen(app, { port: 0 })
  try {
    await warmUp(server.url, cves, signal)
  } finally {
    await server.close()
  }
  return asked
}

test('the pages of these vulnerabilities and of packages on the front page are asked for, several times', async () => {
  const asked = await askedOf(['CVE-2024-1', 'CVE-2024-2'])
  assert.deepEqual([...new Set(asked)], ['/', '/cve/CVE-2024-1', '/cve/CVE-2024-2', '/package/curl'])
  assert.ok(asked.length > 10)
})

test('who stops the server does not wait for it', async () => {
  assert.deepEqual(await askedOf(['CVE-2024-1'], AbortSignal.abort()), [])
})

test('a server that does not answer keeps nobody from anything', async () => {
  const server = await listen(new Hono(), { port: 0 })
  await server.close()
  await warmUp(server.url, [], new AbortController().signal)
})
