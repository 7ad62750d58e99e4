import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reading } from '../src/domain/reading.ts'
import { createApp } from '../src/http/app.ts'
import {
  emptyReading,
  fakeReading,
  HOSTILE,
  HOSTILE_TEXT,
  LATE_FEEDS,
  NOW,
  OPENSSL,
  PACKAGE,
  STATUS,
} from './http-fixture.ts'

function appOf(reading: Reading = fakeReading(), failures: unknown[] = []) {
  return createApp(reading, { version: '0.1.0', now: () => NOW, onFailure: (error) => failures.push(error) })
}

async function textOf(path: string, reading?: Reading, status = 200): Promise<string> {
  const response = await appOf(reading).request(path)
  assert.equal(response.status, status, path)
  return response.text()
}

/** What a reader sees of a page, without its tags. */
function readable(page: string): string {
  return page
    .replace(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
}

test('the front page has one search box, the newest CVEs, the channels and the age of the data', async () => {
  const page = await textOf('/')
  assert.equal(page.match(/<form/g)?.length, 1)
  assert.match(page, /href="\/cve\/CVE-2024-5535"/)
  assert.match(page, /href="\/channel\/nixos-24\.05"/)
  assert.match(readable(page), /last updated 58 minutes ago; the oldest of 4 channels was imported 6 days ago/)
})

test('an exact CVE id or attribute goes straight to its page, other words to the results', async () => {
  const app = appOf()
  assert.equal((await app.request('/search?q=cve-2024-5535')).headers.get('Location'), '/cve/CVE-2024-5535')
  assert.equal((await app.request('/search?q=openssl')).headers.get('Location'), '/package/openssl')
  assert.equal((await app.request('/search?q=openss')).status, 200)
  const all = await app.request('/search?q=openssl&all=1')
  assert.equal(all.status, 200)
  assert.match(await all.text(), /href="\/package\/openssl"/)
})

test('the CVE page answers first, per package, and shows why', async () => {
  const page = await textOf('/cve/CVE-2024-5535')
  const text = readable(page)
  assert.match(
    text,
    /openssl is affected in nixos-24\.05 and nixos-23\.11, and not in nixos-unstable and nixos-unstable-small\. openssl_3_3 is affected in nixos-unstable\. For 1 more package the data does not decide\./,
  )
  assert.match(page, /<details class="why"><summary>/)
  assert.match(text, /3\.0\.14 is at or above 3\.0\.0 and below 3\.0\.15\./)
  assert.match(text, /CVSS:3\.1\/AV:N\/AC:H\/PR:N\/UI:N\/S:U\/C:L\/I:N\/A:L/)
  assert.match(text, /from 1\.1\.1, before 1\.1\.1za/)
  assert.match(text, /4\.2 % chance of exploitation in 30 days; higher than 92 %/)
  assert.match(text, /NVD record CVE-2024-5535 imported 13 hours ago/)
})

test('silence is explained: not affected, nothing found, nothing said, and nothing looked at differ', async () => {
  assert.match(readable(await textOf('/cve/CVE-2024-3094')), /Not affected as of the data below/)
  assert.match(readable(await textOf('/cve/CVE-2024-2002')), /No package found\./)
  assert.match(readable(await textOf('/cve/CVE-2024-2001')), /Not known: the record names no product/)
  const without = fakeReading({ channels: async () => [] })
  assert.match(readable(await textOf('/cve/CVE-2024-2002', without)), /Not known: no channel has been imported/)
  const undecided = fakeReading({ cve: async () => ({ ...OPENSSL, matches: [OPENSSL.matches[2]!], matchesTotal: 1 }) })
  assert.match(readable(await textOf('/cve/CVE-2024-5535', undecided)), /Not decided: 1 package may be affected/)
})

test('a rejected record says so and leads to what replaces it', async () => {
  const page = await textOf('/cve/CVE-2024-2000')
  assert.match(readable(page), /This record was rejected\. This id is a duplicate/)
  assert.match(page, /See instead: <a class="id" href="\/cve\/CVE-2024-5535"/)
})

test('a valid id without a record is not taken for a safe one', async () => {
  const page = await textOf('/cve/CVE-2031-12345', undefined, 404)
  assert.match(readable(page), /Whether it affects nixpkgs is not known\. The newest record we have is of 2024-07-20\./)
  assert.match(page, /https:\/\/www\.cve\.org\/CVERecord\?id=CVE-2031-12345/)
  assert.match(page, /https:\/\/nvd\.nist\.gov\/vuln\/detail\/CVE-2031-12345/)
})

test('the package page shows versions, history and verdicts', async () => {
  const text = readable(await textOf('/package/openssl'))
  assert.match(text, /1 known vulnerability affects it in nixos-24\.05 and nixos-23\.11\./)
  assert.match(text, /1 vulnerability compared and found not to affect it/)
  assert.match(text, /6 earlier changes/)
  assert.match(readable(await textOf('/package/nothing', undefined, 404)), /No channel we look at has an attribute/)
})

test('a package with more vulnerabilities than are shown says so, folds most away, and breaks its name at dots', async () => {
  const one = PACKAGE.cves[0]!
  const many = Array.from({ length: 200 }, (_, i) => ({ ...one, id: `CVE-2024-${10_000 + i}` }))
  const view = { ...PACKAGE, attribute: 'linuxPackages.kernel', cves: many, cvesTotal: 3_105 }
  const page = await textOf('/package/x', fakeReading({ packageView: async () => view }))
  const text = readable(page)
  assert.match(text, /At least 200 known vulnerabilities affect it/)
  assert.match(text, /The first 200 of 3105 are shown/)
  assert.match(page, /<summary>175 more vulnerabilities<\/summary>/)
  assert.match(page, /linuxPackages\.<wbr>kernel<\/h1>/)
})

test('the channel page is paged', async () => {
  const first = await textOf('/channel/nixos-unstable')
  assert.match(readable(first), /1 to 50 of 312/)
  assert.match(first, /rel="next" href="\/channel\/nixos-unstable\?page=2"/)
  assert.doesNotMatch(first, /rel="prev"/)
  const last = await textOf('/channel/nixos-unstable?page=7')
  assert.match(readable(last), /301 to 312 of 312/)
  assert.doesNotMatch(last, /rel="next"/)
  assert.match(readable(await textOf('/channel/nixos-unstable?page=8')), /There is no page 8/)
  await textOf('/channel/nixos-1.0', undefined, 404)
  await textOf('/channel/nixos-unstable?page=0', undefined, 400)
})

test('a CVE with pairs in many packages of a channel is told once', async () => {
  const match = OPENSSL.matches[0]!
  const pair = (id: string, attribute: string) => ({
    cve: { id, summary: `of ${id}`, knownExploited: false },
    match: { ...match, attribute },
  })
  const matches = [pair('CVE-2024-1', 'linux'), pair('CVE-2024-1', 'linux_rpi'), pair('CVE-2024-2', 'linux')]
  const channel = async () => ({ ...(await fakeReading().channel('nixos-unstable', 1))!, matches })
  const page = await textOf('/channel/nixos-unstable', fakeReading({ channel }))
  assert.deepEqual(
    [...page.matchAll(/rowspan="(\d)">.*?href="\/cve\/([\w-]+)"/gs)].map(([, rows, cve]) => [cve, rows]),
    [
      ['CVE-2024-1', '2'],
      ['CVE-2024-2', '1'],
    ],
  )
  for (const { attribute } of matches.map(({ match }) => match))
    assert.match(page, new RegExp(`/package/${attribute}"`))
})

test('the status page shows age, error, progress and what was kept aside', async () => {
  const page = await textOf('/status', fakeReading({ status: async () => STATUS }))
  const text = readable(page)
  assert.match(text, /Last attempt failed 1 hour ago: epss\.cyentia\.com answered 403 Forbidden/)
  assert.match(page, /<progress max="102331" value="61200"/)
  assert.match(text, /containers\.cna\.affected is not a list/)
  assert.match(text, /Never updated/)
})

test('being offline is said on the status page and on every other page', async () => {
  const offline = LATE_FEEDS.filter((feed) => feed.state === 'failing')
  const reading = fakeReading({ status: async () => ({ ...STATUS, feeds: offline }) })
  assert.match(readable(await textOf('/status', reading)), /Offline\. The last attempt of every feed failed/)
  for (const path of ['/', '/cve/CVE-2024-5535', '/package/openssl', '/api']) {
    assert.match(
      readable(await textOf(path, reading)),
      /Not up to date\. EPSS could not be updated \(last success 9 days ago\)/,
    )
  }
  assert.doesNotMatch(await textOf('/'), /Not up to date/)
})

test('an empty database is a page that says what to do', async () => {
  const reading = emptyReading()
  assert.match(readable(await textOf('/', reading)), /There is no data yet .*firn tracker import/)
  assert.match(readable(await textOf('/cve/CVE-2024-5535', reading, 404)), /No CVE record has been loaded at all/)
  assert.match(readable(await textOf('/search?q=curl', reading)), /Nothing found for “curl”/)
  await textOf('/status', reading)
})

test('records that no feed has brought are said to be a part, on every page, and no page says that there are none', async () => {
  const fed = fakeReading()
  const never = [{ name: 'cve', records: 0, state: 'never' }] as const
  const sampled = fakeReading({ status: async () => ({ ...(await fed.status()), feeds: never }) })
  for (const [path, status] of [
    ['/', 200],
    ['/cve/CVE-2024-5535', 200],
    ['/status', 200],
    ['/cve/CVE-1999-99999', 404],
  ] as const) {
    const text = readable(await textOf(path, sampled, status))
    assert.match(text, /This is not all\. No feed has come in whole yet/, path)
    assert.doesNotMatch(text, /has been loaded/, path)
  }
  assert.doesNotMatch(await textOf('/'), /This is not all/)
})

test('decisions stand on the pages of both that they are about, with author, scope, and whether they still hold', async () => {
  for (const path of ['/package/openssl', '/cve/CVE-2024-5535']) {
    const text = readable(await textOf(path))
    assert.match(text, /Decided by maintainers/, path)
    assert.match(text, /Not affected vulnerable code not in execute path/, path)
    assert.match(text, /&lt; 3\.0\.14, nixos-24\.05Ada, 2024-07-02 \(expired 2024-07-20\)/, path)
    assert.ok(text.indexOf('Under investigation') > text.indexOf('in execute path'), 'the newest first')
  }
  assert.doesNotMatch(await textOf('/cve/CVE-2024-3094'), /Decided by/)
})

test('hostile text of a record stays text, on every page that shows it', async () => {
  const match = HOSTILE.matches[0]!
  const reading = fakeReading({
    packageView: async () => ({
      attribute: HOSTILE_TEXT,
      pname: HOSTILE_TEXT,
      description: HOSTILE_TEXT,
      homepages: ['javascript:alert(7)', HOSTILE_TEXT],
      position: HOSTILE_TEXT,
      licences: [HOSTILE_TEXT],
      maintainers: [HOSTILE_TEXT],
      knownVulnerabilities: [HOSTILE_TEXT],
      channels: [{ channel: HOSTILE_TEXT, version: HOSTILE_TEXT, since: HOSTILE_TEXT }],
      history: [{ channel: HOSTILE_TEXT, version: HOSTILE_TEXT, since: HOSTILE_TEXT, until: HOSTILE_TEXT }],
      cves: [{ id: HOSTILE_TEXT, summary: HOSTILE_TEXT, knownExploited: true, match }],
      cvesTotal: 1,
      decisions: HOSTILE.decisions,
    }),
    channel: async () => ({
      name: HOSTILE_TEXT,
      revision: HOSTILE_TEXT,
      imported: HOSTILE_TEXT,
      packages: 1,
      affected: 1,
      undetermined: 0,
      evaluations: [{ revision: HOSTILE_TEXT, imported: HOSTILE_TEXT, packages: 1, added: 0, changed: 0, removed: 0 }],
      matches: [{ cve: { id: HOSTILE_TEXT, summary: HOSTILE_TEXT, knownExploited: false }, match }],
      matchesTotal: 1,
      page: 1,
      pageSize: 50,
    }),
    status: async () => ({
      ...STATUS,
      version: HOSTILE_TEXT,
      feeds: [
        {
          name: HOSTILE_TEXT,
          url: 'javascript:alert(8)',
          lastError: { at: HOSTILE_TEXT, message: HOSTILE_TEXT },
          lastSuccess: HOSTILE_TEXT,
          newestRecord: HOSTILE_TEXT,
          records: 0,
          state: 'failing',
        },
      ],
      ingestions: [
        {
          id: '1',
          kind: HOSTILE_TEXT,
          origin: HOSTILE_TEXT,
          state: 'running',
          done: 1,
          total: 2,
          counts: { [HOSTILE_TEXT]: 1 },
          error: HOSTILE_TEXT,
        },
      ],
      aside: [{ origin: HOSTILE_TEXT, name: HOSTILE_TEXT, error: HOSTILE_TEXT, at: HOSTILE_TEXT }],
    }),
  })
  const typed = encodeURIComponent(HOSTILE_TEXT.replace('\u0007', ''))
  const pages = [
    '/cve/CVE-2024-6666',
    '/package/x',
    '/channel/x',
    '/status',
    '/',
    '/api',
    `/search?q=${typed}&all=1`,
    `/search?q=script&all=1`,
  ]
  for (const path of pages) {
    const page = await textOf(path, reading)
    assert.doesNotMatch(page, /<script>|<img src=x|href="\s*(javascript|data):/i, path)
    assert.doesNotMatch(page, /[\u202a-\u202e\u2066-\u2069\u0007]/, path)
    assert.equal(page.match(/<script/g)?.length, 1, path)
  }
  assert.match(await textOf('/cve/CVE-2024-6666', reading), /<code>javascript:alert\(3\)<\/code>/)
  for (const path of [`/package/${typed}`, `/channel/${typed}`, `/${typed}`]) {
    assert.doesNotMatch(await textOf(path, undefined, 404), /<script>|<img src=x/, path)
  }
})

test('every page has landmarks, one h1, headings without gaps, and labelled tables', async () => {
  const paths = [
    '/',
    '/cve/CVE-2024-5535',
    '/package/openssl',
    '/channel/nixos-unstable',
    '/status',
    '/search?q=a&all=1',
    '/api',
  ]
  for (const path of paths) {
    const page = await textOf(path)
    for (const landmark of ['<header', '<main id="main"', '<footer', '<nav aria-label=', 'class="skip"']) {
      assert.ok(page.includes(landmark), `${path}: ${landmark}`)
    }
    const levels = [...page.matchAll(/<h([1-6])/g)].map((match) => Number(match[1]))
    assert.equal(levels.filter((level) => level === 1).length, 1, path)
    levels.forEach((level, index) => void assert.ok(level <= (levels[index - 1] ?? 0) + 1, `${path}: h${level}`))
    assert.equal(page.match(/<table/g)?.length ?? 0, page.match(/<caption/g)?.length ?? 0, path)
    assert.doesNotMatch(page, /<th(?! scope=)[ >]/, path)
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map((match) => match[1])
    assert.equal(new Set(ids).size, ids.length, `${path}: an id twice`)
    assert.match(page, /rel="alternate" type="application\/json"/, path)
    assert.doesNotMatch(page, / style="|<style| on[a-z]+="/, path)
  }
})
