import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliCompressSync, gunzipSync } from 'node:zlib'
import type { SyncOutcome } from '../src/jobs/sync.ts'
import type { Tracker } from '../src/open.ts'
import { open } from './open-offline.ts'
import { emptyFolder, sample } from './tracker-folder.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A tracker whose feeds are on a server of ours, which answers as `answers` says at that moment. */
async function withFeeds(
  env: (base: string) => Record<string, string>,
  answers: Record<string, Answer>,
  act: (tracker: Tracker, sync: () => Promise<SyncOutcome[]>, folder: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    const answer = answers[request.url!.replace(/\?.*/, '')]
    if (answer === undefined) response.writeHead(404).end()
    else answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = await emptyFolder()
  const tracker = await open(folder, env(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  const sync = async () => {
    const outcomes: SyncOutcome[] = []
    await tracker.control.sync(
      [],
      () => {},
      (outcome) => outcomes.push(outcome),
    )
    return outcomes
  }
  try {
    await act(tracker, sync, folder)
  } finally {
    await tracker.close()
    server.closeAllConnections()
    server.close()
  }
}

const gives =
  (body: string | Uint8Array, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(200, headers).end(body)

const KEV = readFileSync(sample('known_exploited_vulnerabilities.json'))

test('a feed that fails is seen on the status page, and what it brought before stays', async () => {
  const answers: Record<string, Answer> = { '/kev': gives(KEV, { etag: '"1"' }) }
  await withFeeds(
    (base) => ({ FIRN_FEED_KEV: `${base}/kev` }),
    answers,
    async ({ control }, sync, folder) => {
      assert.deepEqual(await sync(), [{ feed: 'kev', state: 'updated' }])
      const wanted = (await control.status()).counts
      assert.ok(wanted.exploited! > 0)
      const failing: [RegExp, Answer][] = [
        [/it answered 403 Forbidden/, (_, response) => response.writeHead(403).end('no')],
        [/it answered 500/, (_, response) => response.writeHead(500).end('no')],
        [/kev: not a file that the tracker takes, but a web page/, gives('<!doctype html><p>Sign in')],
        [/kev: .*not JSON|kev: .*JSON/, gives(KEV.subarray(0, 3000))],
        [
          /terminated|closed|UND_ERR|ECONN|ended after/,
          (_, response) => {
            response.writeHead(200, { 'content-length': KEV.length }).write(KEV.subarray(0, 3000))
            setTimeout(() => response.destroy(), 50)
          },
        ],
      ]
      for (const [reason, answer] of failing) {
        answers['/kev'] = answer
        const [outcome] = await sync()
        assert.equal(outcome!.state, 'failed')
        assert.equal(outcome!.fault, undefined)
        const { feeds, counts } = await control.status()
        assert.equal(feeds[0]!.state, 'failing')
        assert.match(feeds[0]!.lastError!.message, reason)
        assert.ok(feeds[0]!.lastSuccess !== undefined)
        assert.deepEqual(counts, wanted)
        assert.deepEqual(readdirSync(join(folder, 'spool')), [])
      }
      answers['/kev'] = (request, response) =>
        response.writeHead(request.headers['if-none-match'] === '"1"' ? 304 : 500).end()
      assert.deepEqual(await sync(), [{ feed: 'kev', state: 'unchanged' }])
      assert.equal((await control.status()).feeds[0]!.state, 'fresh')
    },
  )
})

test('one feed that fails does not keep the next from its turn', async () => {
  await withFeeds(
    (base) => ({ FIRN_FEED_EPSS: `${base}/none`, FIRN_FEED_KEV: `${base}/kev` }),
    { '/kev': gives(KEV) },
    async (_, sync) => {
      const states = (await sync()).map(({ feed, state }) => [feed, state])
      assert.deepEqual(states, [
        ['kev', 'updated'],
        ['epss', 'failed'],
      ])
    },
  )
})

test('a channel comes with its commit, and a commit that is none is refused', async () => {
  const set = gunzipSync(readFileSync(sample('packages-nixos-18.03.json.gz')))
  const answers = {
    '/nixos-18.03/git-revision': gives(`${'a'.repeat(40)}\n`),
    '/nixos-18.03/packages.json.br': gives(brotliCompressSync(set, { params: { 1: 2 } })),
  }
  await withFeeds(
    (base) => ({ FIRN_FEED_CHANNELS: `${base}/{}`, FIRN_CHANNELS: 'nixos-18.03' }),
    answers,
    async ({ reading }, sync) => {
      assert.equal((await sync())[0]!.state, 'updated')
      const channel = await reading.channel('nixos-18.03', 1)
      assert.equal(channel!.revision, 'a'.repeat(40))
      assert.equal(channel!.packages, 953)
      answers['/nixos-18.03/git-revision'] = gives('<html>')
      assert.match((await sync())[0]!.message!, /git-revision is no commit/)
    },
  )
})

test('the CVE feed takes the assets that it needs, each once', async () => {
  const asked: string[] = []
  const zip = readFileSync(sample('2024-10-24_delta_CVEs_sample.zip'))
  const names = ['2024-10-24_all_CVEs_at_midnight.zip.zip', '2024-10-24_delta_CVEs_at_1300Z.zip']
  const answers: Record<string, Answer> = {}
  for (const name of names) {
    answers[`/${name}`] = (request, response) => {
      asked.push(request.url!.slice(1))
      response.writeHead(200).end(zip)
    }
  }
  await withFeeds(
    (base) => {
      const assets = names.map((name) => ({ name, browser_download_url: `${base}/${name}` }))
      answers['/releases'] = gives(JSON.stringify([{ assets }]))
      return { FIRN_FEED_CVE: `${base}/releases` }
    },
    answers,
    async ({ control }, sync) => {
      assert.equal((await sync())[0]!.state, 'updated')
      assert.deepEqual(asked, names)
      assert.ok((await control.status()).counts.cves! > 1000)
      assert.equal((await sync())[0]!.state, 'unchanged')
      assert.deepEqual(asked, names, 'nothing is fetched twice')
    },
  )
})

test('a feed is named to be asked alone; one that is not there is told', async () => {
  await withFeeds(
    (base) => ({ FIRN_FEED_KEV: `${base}/kev`, FIRN_FEED_EPSS: `${base}/epss` }),
    { '/kev': gives(KEV) },
    async ({ control }) => {
      const seen: string[] = []
      await control.sync(
        ['kev'],
        () => {},
        ({ feed }) => seen.push(feed),
      )
      assert.deepEqual(seen, ['kev'])
      const unknown = control.sync(
        ['kevv'],
        () => {},
        () => {},
      )
      await assert.rejects(unknown, { message: "there is no feed 'kevv'", hint: 'choose from: kev, epss' })
    },
  )
})

test('the password of a mirror is sent to it, and shown nowhere', async () => {
  let authorization: string | undefined
  const answers: Record<string, Answer> = {
    '/kev': (request, response) => {
      authorization = request.headers.authorization
      response.writeHead(403).end()
    },
  }
  await withFeeds(
    (base) => ({ FIRN_FEED_KEV: `${base.replace('//', '//me:hunter2@')}/kev` }),
    answers,
    async ({ control }, sync) => {
      const outcomes = await sync()
      assert.match(authorization!, /^Basic /)
      assert.doesNotMatch(JSON.stringify([outcomes, await control.status()]), /hunter2/)
    },
  )
})
