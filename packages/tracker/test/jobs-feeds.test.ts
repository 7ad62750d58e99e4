import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planReleases } from '@firn/advisories'
import { feedsOf } from '../src/jobs/feeds.ts'
import { placeOf } from '../src/jobs/place.ts'
import { dueAt } from '../src/jobs/schedule.ts'

test('the usual feeds, and those that the environment adds, moves and takes away', () => {
  const names = (env: Record<string, string>) => feedsOf(env).map((feed) => feed.name)
  assert.deepEqual(names({ FIRN_CHANNELS: 'nixos-24.11, nixos-unstable', FIRN_OSV: 'Go' }), [
    'cve',
    'kev',
    'epss',
    'osv Go',
    'channel nixos-24.11',
    'channel nixos-unstable',
  ])
  const off = { FIRN_FEED_CVE: 'off', FIRN_FEED_KEV: 'off', FIRN_FEED_EPSS: 'off', FIRN_FEED_OSV: 'off' }
  assert.deepEqual(names({ ...off, FIRN_FEED_CHANNELS: 'off' }), [])
  assert.ok(names({ ...off, FIRN_CHANNELS: '', FIRN_FEED_NVD: 'on' }).includes('nvd 2002'))
  const [cve, channel] = feedsOf({
    ...off,
    FIRN_FEED_CVE: 'https://mirror/cves.zip',
    FIRN_FEED_CHANNELS: 'https://mirror/c/{}',
    FIRN_CHANNELS: 'x',
  })
  assert.equal(cve!.how, 'file')
  assert.equal(channel!.url, 'https://mirror/c/x')
})

test('a setting that cannot be is refused by its name', () => {
  assert.throws(() => feedsOf({ FIRN_FEED_KEV: 'kev.json' }), /FIRN_FEED_KEV=kev\.json: no http/)
  assert.throws(() => feedsOf({ FIRN_FEED_KEV: 'file:///etc/passwd' }), /no http/)
  assert.throws(() => feedsOf({ FIRN_FEED_OSV: 'https://mirror/all.zip' }), /no \{\} in it/)
  assert.throws(() => feedsOf({ FIRN_CHANNELS: '../../x' }), /FIRN_CHANNELS/)
})

const release = (...names: string[]) => ({
  assets: names.map((name) => ({ name, browser_download_url: `https://host/${name}` })),
})
const hourly = (day: string, hour: string) =>
  release(`${day}_delta_CVEs_at_${hour}00Z.zip`, `${day}_all_CVEs_at_midnight.zip.zip`)
const endOfDay = (day: string) => release(`${day}_delta_CVEs_at_end_of_day.zip`)
const RELEASES = JSON.stringify([
  hourly('2024-10-26', '13'),
  hourly('2024-10-26', '12'),
  endOfDay('2024-10-25'),
  hourly('2024-10-25', '23'),
  endOfDay('2024-10-24'),
  hourly('2024-10-24', '09'),
])
const plan = (state?: string) => planReleases(RELEASES, state).map(({ name }) => name)
const TODAY = '2024-10-26_delta_CVEs_at_1300Z.zip'

test('first the bulk of the newest day and what the day brought so far', () => {
  assert.deepEqual(plan(), ['2024-10-26_all_CVEs_at_midnight.zip.zip', TODAY])
})

test('then only what is missing: this day, the days between, nothing', () => {
  assert.deepEqual(plan('2024-10-26_1200Z'), [TODAY])
  assert.deepEqual(plan('2024-10-25_2300Z'), ['2024-10-25_delta_CVEs_at_end_of_day.zip', TODAY])
  assert.deepEqual(plan('2024-10-24_0900Z'), [
    '2024-10-24_delta_CVEs_at_end_of_day.zip',
    '2024-10-25_delta_CVEs_at_end_of_day.zip',
    TODAY,
  ])
  assert.deepEqual(plan('2024-10-26_1300Z'), [])
})

test('after a gap, or when a day is not listed any more, the bulk again', () => {
  assert.equal(plan('2024-10-23_1200Z')[0], '2024-10-26_all_CVEs_at_midnight.zip.zip')
  assert.equal(plan('2023-01-01_1200Z')[0], '2024-10-26_all_CVEs_at_midnight.zip.zip')
  assert.equal(plan('"an ETag of a mirror"')[0], '2024-10-26_all_CVEs_at_midnight.zip.zip')
})

test('each step says which state it leads to', () => {
  assert.deepEqual(
    planReleases(RELEASES, '2024-10-25_2300Z').map(({ leadsTo }) => leadsTo),
    ['2024-10-26_0000Z', '2024-10-26_1300Z'],
  )
})

test('an answer that is no list of releases is refused', () => {
  assert.throws(() => planReleases('<html>', undefined), /no JSON/)
  for (const json of ['null', '{}', '[]', '[{"assets":[{"name":1}]}]', '{"message":"API rate limit exceeded"}']) {
    assert.throws(() => planReleases(json, undefined), /hold no/)
  }
})

test('failures are followed by longer and longer waits, up to the interval', () => {
  const at = '2024-10-26T12:00:00.000Z'
  const minutes = (failures: number) =>
    (dueAt({ everyMinutes: 60 }, { lastAttempt: at, failures }) - Date.parse(at)) / 60_000
  assert.deepEqual([0, 1, 2, 3, 7, 50].map(minutes), [60, 1, 2, 4, 60, 60])
  assert.equal(dueAt({ everyMinutes: 60 }, { failures: 0 }), 0)
})

test('the place of the data, and no password in a message', () => {
  assert.equal(placeOf({ FIRN_DATA_DIR: '/d' }).folder, '/d')
  assert.equal(placeOf({ XDG_DATA_HOME: '/x' }).folder, '/x/firn')
  assert.equal(placeOf({ HOME: '/h' }).folder, '/h/.local/share/firn')
  assert.throws(() => placeOf({ FIRN_DATA_DIR: 'relative' }), /FIRN_DATA_DIR=relative/)
  assert.deepEqual(placeOf({ FIRN_DATA_DIR: '/d', DATABASE_URL: 'postgres://u@h/d' }).database, {
    url: 'postgres://u@h/d',
  })
  assert.throws(
    () => placeOf({ FIRN_DATA_DIR: '/d', DATABASE_URL: 'mysql://u:secret@h' }),
    (error: Error) => !error.message.includes('secret'),
  )
})
