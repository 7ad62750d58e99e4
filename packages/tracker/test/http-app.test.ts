import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reading } from '../src/domain/reading.ts'
import { createApp } from '../src/http/app.ts'
import { ASSETS } from '../src/http/assets.ts'
import { fakeReading, NOW } from './http-fixture.ts'

function appOf(reading: Reading = fakeReading(), failures: unknown[] = []) {
  return createApp(reading, { version: '0.1.0', now: () => NOW, onFailure: (error) => failures.push(error) })
}

test('every answer, errors too, forbids inline code, framing and sniffing', async () => {
  for (const path of [
    '/',
    '/cve/CVE-2024-5535',
    '/nothing',
    '/cve/x',
    '/api/v1/status',
    '/api/v1/cves/x',
    ASSETS.style.path,
  ]) {
    const { headers } = await appOf().request(path)
    const policy = headers.get('Content-Security-Policy') ?? ''
    assert.match(policy, /default-src 'none'/, path)
    assert.match(policy, /frame-ancestors 'none'/, path)
    assert.doesNotMatch(policy, /unsafe/, path)
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff', path)
    assert.equal(headers.get('Referrer-Policy'), 'no-referrer', path)
    assert.equal(headers.get('X-Frame-Options'), 'DENY', path)
    assert.equal(headers.get('Cross-Origin-Opener-Policy'), 'same-origin', path)
    for (const word of ["script-src 'self';", "base-uri 'none'", "form-action 'self'"]) assert.ok(policy.includes(word))
  }
})

test('an unchanged answer is a 304, for pages and for the API', async () => {
  const app = appOf()
  for (const path of ['/', '/cve/CVE-2024-5535', '/api/v1/cves/CVE-2024-5535', '/api/v1/openapi.json']) {
    const first = await app.request(path)
    const tag = first.headers.get('ETag')
    assert.ok(tag, path)
    assert.equal(first.headers.get('Cache-Control'), 'no-cache', path)
    const again = await app.request(path, { headers: { 'If-None-Match': tag } })
    assert.equal(again.status, 304, path)
    assert.equal(await again.text(), '', path)
  }
  const one = (await app.request('/cve/CVE-2024-5535')).headers.get('ETag')
  assert.notEqual(one, (await app.request('/cve/CVE-2024-3094')).headers.get('ETag'))
})

test('HEAD is GET without a body, every other method is 405 with Allow', async () => {
  const app = appOf()
  const head = await app.request('/cve/CVE-2024-5535', { method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.equal(await head.text(), '')
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE-ME']) {
    for (const path of ['/', '/status', '/cve/CVE-2024-5535', '/api/v1/status']) {
      const answer = await app.request(path, { method })
      assert.equal(answer.status, 405, `${method} ${path}`)
      assert.match(answer.headers.get('Allow') ?? '', /GET/, `${method} ${path}`)
    }
  }
})

test('whatever gives the tracker work is refused to everybody who comes over HTTP', async () => {
  const work = ['/decide', '/decisions', '/import', '/sync', '/export', '/channel/drop']
  const body = JSON.stringify({ attribute: 'openssl', vulnerability: 'CVE-2024-5535', status: 'fixed', author: 'me' })
  for (const path of [...work, ...work.map((each) => `/api/v1${each}`)]) {
    const answer = await appOf().request(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    })
    assert.ok([404, 405].includes(answer.status), `${path}: ${answer.status}`)
  }
})

test('assets are served from memory under their hash, and nothing else is', async () => {
  const app = appOf()
  for (const { path, type } of Object.values(ASSETS)) {
    const answer = await app.request(path)
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers.get('Content-Type'), type)
    assert.match(answer.headers.get('Cache-Control') ?? '', /immutable/)
  }
  const attempts = [
    '/assets/../app.ts',
    '/assets/%2e%2e/app.ts',
    '/assets/..%2fapp.ts',
    '/assets/..%5capp.ts',
    '/assets/%2fetc%2fpasswd',
    '/assets//etc/passwd',
    '/assets/firn.css%00.svg',
    '/assets/style.css',
    '/assets/__proto__',
  ]
  for (const path of attempts) assert.equal((await app.request(path)).status, 404, path)
})

test('bad input is 400 with a hint, in the language of the caller', async () => {
  const long = 'x'.repeat(201)
  for (const path of [
    '/cve/CVE-24-1',
    '/cve/x',
    `/search?q=${long}`,
    '/search?q=a&page=-1',
    '/package/a%00b',
    `/package/${long}`,
  ]) {
    const answer = await appOf().request(path)
    assert.equal(answer.status, 400, path)
    assert.match(await answer.text(), /<h1>/, path)
  }
  assert.equal((await appOf().request('/cve/cve-2024-5535')).headers.get('Location'), '/cve/CVE-2024-5535')
})

test('a fault of ours is 500 without a word of its stack, and is reported', async () => {
  const secret = new Error('connection to /var/lib/firn/secret failed')
  const failures: unknown[] = []
  const reading = fakeReading({ cve: () => Promise.reject(secret), status: () => Promise.reject(secret) })
  const app = appOf(reading, failures)
  const page = await app.request('/cve/CVE-2024-5535')
  assert.equal(page.status, 500)
  assert.equal(page.headers.get('Cache-Control'), 'no-store')
  assert.doesNotMatch(await page.text(), /secret|at .*\.ts/)
  const api = await app.request('/api/v1/cves/CVE-2024-5535')
  assert.equal(api.status, 500)
  assert.equal(api.headers.get('Content-Type'), 'application/problem+json')
  assert.doesNotMatch(await api.text(), /secret/)
  assert.deepEqual(failures, [secret, secret])
})

test('the age of the data is asked of the database once for many pages, and again after a failure', async () => {
  let asked = 0
  let time = NOW.getTime()
  let broken = true
  const reading = fakeReading({
    channels: async () => {
      asked++
      if (broken) throw new Error('away')
      return []
    },
  })
  const app = createApp(reading, { version: '0.1.0', now: () => new Date(time) })
  assert.equal((await app.request('/')).status, 500)
  broken = false
  asked = 0
  for (let page = 0; page < 5; page++) assert.equal((await app.request('/')).status, 200)
  assert.equal(asked, 1)
  time += 60_000
  await app.request('/')
  assert.equal(asked, 2)
})
