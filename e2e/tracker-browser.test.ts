import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findProgram, needs } from '../scripts/needs.ts'
import { scratch, served } from './tracker/run.ts'

const skip = needs('chromium')
const PAGES = [
  '/',
  '/search?q=openssl',
  '/search?q=nothing-is-called-this',
  '/cve/CVE-2022-2586',
  '/package/openssl',
  '/channel/nixos-18.03',
  '/status',
  '/api',
  '/cve/CVE-1999-99999',
  '/nowhere',
]

const NARROW = { viewport: { width: 360, height: 740 } }

let server: Awaited<ReturnType<typeof served>>
let browser: Browser

before(async () => {
  if (skip.skip !== undefined) return
  server = await served(join(scratch, 'data'), '--no-sync')
  // Tests run as root in containers, where Chromium's own sandbox cannot start.
  browser = await chromium.launch({ executablePath: findProgram('chromium')!, args: ['--no-sandbox'] })
})

after(async () => {
  await browser?.close()
  server?.child.kill('SIGTERM')
  await server?.ended
})

async function onPage(path: string, options: BrowserContextOptions, act: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext(options)
  try {
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      const isOurs = !/Failed to load resource: the server responded with a status of 404/.test(message.text())
      if (isOurs && ['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(server.url + path)
    await act(page)
    assert.deepEqual(complaints, [], path)
  } finally {
    await context.close()
  }
}

/** What axe finds wrong, in a line each. */
async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async (only) => {
    const { violations } = await (globalThis as unknown as AxeWindow).axe.run(
      only === undefined ? {} : { runOnly: only },
    )
    return violations.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`,
    )
  }, rules)
}

interface AxeWindow {
  readonly axe: {
    run(options: object): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>
  }
}

test('axe finds nothing wrong with any page', skip, async () => {
  for (const path of PAGES) {
    await onPage(path, { colorScheme: 'light' }, async (page) => assert.deepEqual(await violations(page), [], path))
  }
})

test('in the dark, where only colours differ, every text has contrast', skip, async () => {
  for (const path of PAGES) {
    await onPage(path, { colorScheme: 'dark' }, async (page) =>
      assert.deepEqual(await violations(page, ['color-contrast']), [], path),
    )
  }
})

test('axe finds nothing wrong on a narrow screen, where tables become lists', skip, async () => {
  for (const path of ['/', '/cve/CVE-2022-2586', '/package/openssl', '/status']) {
    await onPage(path, NARROW, async (page) => assert.deepEqual(await violations(page), [], path))
  }
})

test('on a narrow screen nothing is cut off and nothing scrolls sideways', skip, async () => {
  for (const path of PAGES) {
    await onPage(path, NARROW, async (page) => {
      const width = await page.evaluate('document.documentElement.scrollWidth')
      assert.ok((width as number) <= 360, `${path} is ${width} wide`)
      const cells = 'table:not(.channels) tbody td'
      const narrowest = `Math.min(360, ...[...document.querySelectorAll('${cells}')].map((cell) => cell.clientWidth))`
      const cell = (await page.evaluate(narrowest)) as number
      assert.ok(cell === 0 || cell > 250, `a cell of ${path} is ${cell} wide: its words break`)
    })
  }
})

test('without JavaScript all is there: search, pages, evidence', skip, async () => {
  await onPage('/', { javaScriptEnabled: false }, async (page) => {
    await page.getByRole('searchbox').first().fill('openssl')
    await page.keyboard.press('Enter')
    // One package is called exactly so.
    await page.waitForURL(/\/package\/openssl$/)
    assert.ok((await page.getByText(/CVE-\d{4}-\d+/).count()) > 0)
    await page.locator('main a[href^="/cve/"]').first().click()
    await page.waitForURL(/\/cve\/CVE-/)
    const why = page.locator('details.why, ol').first()
    assert.ok((await why.count()) > 0, 'evidence is in the page itself')
  })
})

test('with the keyboard alone: the first stop skips to the content, the search box is near', skip, async () => {
  await onPage('/channel/nixos-18.03', {}, async (page) => {
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate('location.hash'), '#main')
    assert.equal(await page.evaluate('document.activeElement.id'), 'main')
  })
})

test('nothing is loaded from anywhere else', skip, async () => {
  const context = await browser.newContext()
  const foreign: string[] = []
  context.on('request', (request) => {
    if (!request.url().startsWith(server.url)) foreign.push(request.url())
  })
  const page = await context.newPage()
  for (const path of PAGES) await page.goto(server.url + path)
  await context.close()
  assert.deepEqual(foreign, [])
})
