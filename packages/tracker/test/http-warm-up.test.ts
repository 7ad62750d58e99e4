import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { warmUp } from '../src/http/warm-up.ts'

function appThatCounts() {
  const asked: string[] = []
  const app = new Hono()
  app.get('/', (c) => c.html('<a href="/cve/CVE-2024-1"></a><a href="/package/curl"></a><a href="/status"></a>'))
  app.get('*', (c) => {
    asked.push(c.req.path)
    return c.text('')
  })
  return { app, asked }
}

test('the pages of vulnerabilities and packages that the front page leads to are asked for, several times', async () => {
  const { app, asked } = appThatCounts()
  await warmUp(app, new AbortController().signal)
  assert.deepEqual([...new Set(asked)], ['/cve/CVE-2024-1', '/package/curl'])
  assert.ok(asked.length > 10)
})

test('who stops the server does not wait for it', async () => {
  const { app, asked } = appThatCounts()
  await warmUp(app, AbortSignal.abort())
  assert.deepEqual(asked, [])
})
