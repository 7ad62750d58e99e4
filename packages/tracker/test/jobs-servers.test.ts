import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../scripts/needs.ts'
import { feedMemory } from '../src/domain/feeds.ts'
import { syncFeed } from '../src/jobs/sync.ts'
import type { Tracker } from '../src/open.ts'
import { emptyServerDatabase } from './databases.ts'
import { open } from './open-offline.ts'
import { sample, scratch } from './tracker-folder.ts'

const quiet = () => {}

async function twoServers(env: Record<string, string>, act: (one: Tracker, two: Tracker) => Promise<void>) {
  const DATABASE_URL = await emptyServerDatabase()
  const name = `server-${Math.random()}`
  const one = await open(join(scratch, `${name}-1`), { ...env, DATABASE_URL })
  const two = await open(join(scratch, `${name}-2`), { ...env, DATABASE_URL })
  try {
    await act(one, two)
  } finally {
    await Promise.all([one.close(), two.close()])
  }
}

test('two servers on one PostgreSQL database: a file goes in once', needs('postgres'), async () => {
  await twoServers({}, async (one, two) => {
    const path = sample('2024-10-24_delta_CVEs_sample.zip')
    const ends = await Promise.allSettled([one, two].map(({ control }) => control.importFile({ path }, quiet)))
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
    assert.ok(refused.length <= 1, refused.join())
    for (const reason of refused) assert.match(reason, /another process is importing it/)
    // What was refused waits in the spool of that server; its turn changes nothing any more.
    for (const { queue } of [one, two]) for await (const { error } of queue.resume()) assert.equal(error, undefined)
    const { counts, ingestions, asideTotal } = await one.control.status()
    assert.equal(counts.cves, 1059)
    assert.equal(asideTotal, 0)
    assert.ok(ingestions.every(({ state }) => state === 'done'))
    const fresh = ingestions.reduce((sum, run) => sum + (run.counts.new ?? 0), 0)
    assert.equal(fresh, 1064)
  })
})

test('a feed that two servers find due is asked by one', needs('postgres'), async () => {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.writeHead(200).end(readFileSync(sample('known_exploited_vulnerabilities.json')))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/kev`
  try {
    await twoServers({ FIRN_FEED_KEV: url }, async (one, two) => {
      const [feed] = await one.useFeeds()
      await two.useFeeds()
      const memory = await feedMemory(one.db, feed!.name)
      const outcomes = await Promise.all([one, two].map((each) => syncFeed(each.syncWork(), feed!, memory)))
      assert.deepEqual(outcomes.map(({ state }) => state).sort(), ['unchanged', 'updated'])
      assert.equal(asked, 1)
    })
  } finally {
    server.close()
  }
})

test('one folder is owned by one process, with a server as well', needs('postgres'), async () => {
  const DATABASE_URL = await emptyServerDatabase()
  const folder = join(scratch, 'owned')
  const first = await open(folder, { DATABASE_URL })
  await assert.rejects(open(folder, { DATABASE_URL }), /in use by process/)
  await first.close()
  await (await open(folder, { DATABASE_URL })).close()
})
