import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateKey } from '@firn/attest'
import { firn, sample, scratch, served, start } from './tracker/run.ts'

const folder = join(scratch, 'data')

test('on an empty folder the sample is loaded, pages answer, and Ctrl-C ends it in good order', async () => {
  const server = await served(folder, '--no-sync')
  try {
    for (const path of [
      '/',
      '/cve/CVE-2022-2586',
      '/package/openssl',
      '/channel/nixos-18.03',
      '/status',
      '/search?q=openssl',
    ]) {
      const response = await fetch(server.url + path)
      assert.equal(response.status, 200, path)
      assert.match(await response.text(), /<main id="main"/)
    }
    const status = await fetch(`${server.url}/api/v1/status`)
    const { counts, ingestions } = (await status.json()) as {
      counts: Record<string, number>
      ingestions: { state: string }[]
    }
    assert.ok(counts.cves! > 1000, 'records are there')
    assert.equal(counts.channels, 3)
    assert.ok(ingestions.every(({ state }) => state === 'done'))
    assert.match(await (await fetch(`${server.url}/status`)).text(), /bundled sample/)
    assert.equal(statSync(folder).mode & 0o777, 0o700, 'nobody else reaches socket and data')
  } finally {
    server.child.kill('SIGINT')
  }
  const { status, stderr } = await server.ended
  assert.equal(status, 0, stderr)
  assert.ok(!existsSync(join(folder, 'control.sock')))
})

test('a running server takes imports, with progress, and keeps them over a restart', async () => {
  const record = join(scratch, 'record.json')
  const cveId = 'CVE-2020-99999'
  writeFileSync(
    record,
    JSON.stringify({
      dataType: 'CVE_RECORD',
      dataVersion: '5.1',
      cveMetadata: { cveId, state: 'PUBLISHED', assignerOrgId: 'x' },
      containers: { cna: { descriptions: [{ lang: 'en', value: 'A hole in hello.' }] } },
    }),
  )
  const first = await served(folder, '--no-sync')
  try {
    assert.equal((await fetch(`${first.url}/cve/${cveId}`)).status, 404)
    const done = await firn(folder, ['tracker', 'import', record])
    assert.deepEqual([done.status, done.stdout], [0, 'record.json: 1 entries: 1 new\n'], done.stderr)
    assert.equal((await fetch(`${first.url}/cve/${cveId}`)).status, 200)
    const status = await firn(folder, ['tracker', 'status'])
    assert.match(status.stdout, /done +record\.json: 1 of 1/)
    const refused = await firn(folder, ['tracker', 'import', join(scratch, 'none.zip'), record])
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /none\.zip: no such file\n {2}check the path/)
    assert.equal(refused.stdout, 'record.json: 1 entries: 1 unchanged\n')
    const newer = join(scratch, 'newer.json')
    writeFileSync(newer, readFileSync(record, 'utf8').replace('"5.1"', '"9.0"'))
    const unread = await firn(folder, ['tracker', 'import', newer])
    assert.deepEqual([unread.status, /1 kept aside/.test(unread.stdout)], [2, true], 'nothing of it could be read')
  } finally {
    first.child.kill('SIGTERM')
  }
  assert.equal((await first.ended).status, 0)
  const second = await served(folder, '--no-sync')
  assert.equal((await fetch(`${second.url}/cve/${cveId}`)).status, 200)
  second.child.kill('SIGTERM')
  await second.ended
})

test('a decision made by command changes pages and the exported index, with a server and without, and over HTTP never', async () => {
  const asked = ['openssl', 'CVE-2016-2183', 'not_affected', '--author', 'Ada', '--statement', 'We build without it.']
  const server = await served(folder, '--no-sync')
  try {
    const page = async () => (await fetch(`${server.url}/package/openssl`)).text()
    assert.doesNotMatch(await page(), /Decided by maintainers/)
    const made = await firn(folder, ['tracker', 'decide', ...asked])
    assert.equal(made.status, 0, made.stderr)
    assert.match(
      made.stdout,
      /^decision 1: openssl not_affected CVE-2016-2183: We build without it\.\n {2}by Ada, 20\d\d-/,
    )
    assert.match(await page(), /Decided by maintainers/)
    const wrong = await firn(folder, ['tracker', 'decide', 'openssl', 'CVE-2016-2183', 'fine', '--author', 'Ada'])
    assert.deepEqual([wrong.status, /"fine" is no status of VEX\n {2}give/.test(wrong.stderr)], [2, true], wrong.stderr)
    const misspelt = await firn(folder, ['tracker', 'decide', 'opensll', ...asked.slice(1), '--expires', '2999-01-01'])
    assert.equal(misspelt.status, 0)
    assert.match(misspelt.stderr, /it speaks of nothing that is here now/)
    for (const path of ['/decide', '/api/v1/decide', '/api/v1/decisions']) {
      const answer = await fetch(server.url + path, { method: 'POST', body: '{}' })
      assert.equal(answer.status, 404, path)
    }
    const dropped = await firn(folder, ['tracker', 'channel', 'drop', 'nixos-17.09'])
    assert.deepEqual([dropped.status, dropped.stdout], [0, 'nixos-17.09: dropped, with 820 packages\n'], dropped.stderr)
    assert.equal((await fetch(`${server.url}/channel/nixos-17.09`)).status, 404)
  } finally {
    server.child.kill('SIGTERM')
    await server.ended
  }
  const about = await firn(folder, ['tracker', 'decisions', 'opensll', '--json'])
  const { schema, decisions: list } = JSON.parse(about.stdout) as {
    schema: string
    decisions: { id: number; expires: string }[]
  }
  assert.equal(schema, 'firn/tracker-decisions/1')
  assert.deepEqual([list.length, list[0]?.id, list[0]?.expires], [1, 2, '2999-01-01'])
  const status = JSON.parse((await firn(folder, ['tracker', 'status', '--json'])).stdout)
  assert.deepEqual(
    [status.schema, status.tool.name, Array.isArray(status.feeds), status.findings],
    ['firn/tracker-status/1', 'firn', true, []],
  )
  assert.match(
    (await firn(folder, ['tracker', 'decisions', 'CVE-2016-2183'])).stdout,
    /^decision 1: .*\n.*\ndecision 2: /,
  )
  const gone = await firn(folder, ['tracker', 'channel', 'drop', 'nixos-17.09'])
  assert.deepEqual([gone.status, /choose from: nixos-18\.03, nixos-unstable/.test(gone.stderr)], [2, true], gone.stderr)
})

test('the index that a tracker signs is taken by the scanner with the right key, and by no other', async () => {
  const [ours, theirs] = [generateKey(), generateKey()]
  const [key, pub, other, index] = ['key.pem', 'key.pub', 'other.pub', 'index'].map((name) => join(scratch, name))
  writeFileSync(key!, ours.privatePem)
  writeFileSync(pub!, ours.publicPem)
  writeFileSync(other!, theirs.publicPem)
  const server = await served(folder, '--no-sync')
  try {
    const done = await firn(folder, ['tracker', 'export', index!, '--key', key!])
    assert.equal(done.status, 0, done.stderr)
    assert.match(done.stdout, /1,06\d advisories as of 20\d\d-/)
  } finally {
    server.child.kill('SIGTERM')
    await server.ended
  }
  const env = { FIRN_CACHE_DIR: join(scratch, 'cache') }
  const refused = await firn(folder, ['scan', '--update', '--from', index!, '--key', other!], env)
  assert.equal(refused.status, 3, refused.stderr)
  const taken = await firn(folder, ['scan', '--update', '--from', index!, '--key', pub!], env)
  assert.equal(taken.status, 0, taken.stderr)
  assert.match(taken.stderr, /now 1,06\d records/)
})

test('without a server the command does the work itself, and a second process is told who is at it', async () => {
  const own = join(scratch, 'own')
  const long = start(own, [
    'tracker',
    'import',
    sample('2024-10-24_delta_CVEs_sample.zip'),
    sample('packages-nixos-18.03.json.gz'),
  ])
  await long.said(/sample\.zip/)
  const second = await firn(own, ['tracker', 'status'])
  assert.equal(second.status, 4)
  assert.match(second.stderr, new RegExp(`in use by process ${long.child.pid}\n`))
  assert.equal((await long.ended).status, 0)
  assert.match((await firn(own, ['tracker', 'status'])).stdout, /953 packages/)
})

test('a port that is taken, words that are not known, and settings that cannot be are told at once', async () => {
  const server = await served(folder, '--no-sync')
  const port = new URL(server.url).port
  const taken = await firn(join(scratch, 'other'), ['serve', '--port', port, '--no-sync'])
  assert.equal(taken.status, 2)
  assert.match(taken.stderr, new RegExp(`127\\.0\\.0\\.1:${port} is in use`))
  const same = await firn(folder, ['serve', '--port', '0'])
  assert.equal(same.status, 4)
  assert.match(same.stderr, /in use by process/)
  server.child.kill('SIGTERM')
  await server.ended
  for (const [words, message] of [
    [['serve', '--port', '70000'], /--port 70000: not a port/],
    [['serve', 'now'], /takes no 'now'/],
    [['serve', '--log', 'loud'], /choose one of debug/],
    [['tracker'], /which action/],
    [['tracker', 'improt'], /did you mean firn tracker import/],
    [['tracker', 'import'], /which files/],
    [['tracker', 'decide', 'a', 'CVE-2024-1'], /of which package/],
    [['tracker', 'decide', 'a', 'CVE-2024-1', 'fixed'], /who decides/],
    [['tracker', 'channel', 'drpo', 'x'], /channel drop NAME/],
  ] as const) {
    const { status, stderr } = await firn(folder, words)
    assert.equal(status, 2, words.join(' '))
    assert.match(stderr, message)
  }
  const { status, stderr } = await firn(folder, ['tracker', 'sync'], { FIRN_FEED_KEV: 'nowhere' })
  assert.deepEqual([status, /FIRN_FEED_KEV=nowhere/.test(stderr)], [2, true], stderr)
})

test('offline is a state that is seen, and no error', async () => {
  const lonely = join(scratch, 'lonely')
  mkdirSync(lonely)
  const env = { FIRN_FEED_KEV: 'http://127.0.0.1:1/kev.json' }
  const server = start(lonely, ['serve', '--port', '0', '--no-sample'], env)
  const [, url] = await server.said(/^firn tracker: (http:\S+)$/m)
  await server.said(/feed failed/)
  assert.match(await (await fetch(`${url}/status`)).text(), /<strong>Offline\.<\/strong>/)
  const status = await firn(lonely, ['tracker', 'status'])
  assert.equal(status.status, 3)
  assert.match(status.stdout, /kev +failing +last success: never/)
  server.child.kill('SIGTERM')
  assert.equal((await server.ended).status, 0)
})
