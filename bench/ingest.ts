import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Database, openDatabase } from '../packages/tracker/src/db/database.ts'
import { write } from '../packages/tracker/src/db/write.ts'
import { matchComponents } from '../packages/tracker/src/domain/matching.ts'
import { openReading } from '../packages/tracker/src/domain/reading.ts'
import { someCves } from '../packages/tracker/src/domain/someCves.ts'
import { createApp } from '../packages/tracker/src/http/app.ts'
import { listen } from '../packages/tracker/src/http/server.ts'
import { warmUp } from '../packages/tracker/src/http/warm-up.ts'
import { ingest } from '../packages/tracker/src/jobs/ingest.ts'
import { Spool } from '../packages/tracker/src/jobs/spool.ts'

/**
 * `./firn node bench/ingest.ts FILE…`: how long each file takes into an empty tracker, in this order (package sets are
 * named packages-CHANNEL.json…), the first one again, matching alone, and CVE pages at 100 requests a second from a
 * process of their own. DATABASE_URL: on that (empty) PostgreSQL database, else on embedded PGlite.
 */
const COLD_SECONDS = 3
const RATE = 100
const SECONDS = 20

const [first, ...rest] = process.argv.slice(2)
if (first === '--load') await load(rest[0]!, rest.slice(1))
else if (first === undefined) console.log('usage: ./firn node bench/ingest.ts FILE…')
else await bench([first, ...rest, first])

async function bench(files: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'firn-bench-'))
  const url = process.env.DATABASE_URL
  console.log(`machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
  try {
    const began = now()
    const db = await openDatabase(url === undefined ? { folder } : { url })
    console.log(`${db.kind}: made in ${seconds(began)}, ${peak()}`)
    const spool = new Spool(join(folder, 'spool'))
    for (const path of files) await takeIn(db, spool, path)
    await matching(db)
    await pages(db)
    await db.close()
    if (url === undefined) console.log(`the database takes ${Math.round(sizeOf(join(folder, 'pgdata')) / 2 ** 20)} MB`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function takeIn(db: Database, spool: Spool, path: string): Promise<void> {
  const channel = /^packages-(.+?)\.json/.exec(basename(path))?.[1]
  const file = await spool.add({ path, ...(channel === undefined ? {} : { channel }) })
  const began = now()
  const { done, counts } = await ingest(db, file, { signal: new AbortController().signal })
  const said = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  console.log(`${basename(path)}: ${seconds(began)} for ${done} (${said.join(', ')}), ${peak()}`)
}

/** All components of all channels against all advisories, as if they had just come. */
async function matching(db: Database): Promise<void> {
  const { kysely } = db
  const live = await kysely.selectFrom('component').select('id').where('live', '=', true).orderBy('attribute').execute()
  const known = await kysely.selectFrom('advisory').select(kysely.fn.countAll().as('n')).execute()
  await kysely.deleteFrom('match').execute()
  const began = now()
  let matches = 0
  for (let from = 0; from < live.length; from += 1_000) {
    const ids = live.slice(from, from + 1_000).map(({ id }) => id)
    matches += await write(db, (tx) => matchComponents(db, tx, ids))
  }
  console.log(
    `matching ${live.length} packages with ${known[0]?.n} advisories: ${seconds(began)}, ${matches} matches, ${peak()}`,
  )
}

async function pages(db: Database): Promise<void> {
  const app = createApp(openReading(db, { version: 'bench' }), { version: 'bench' })
  const server = await listen(app, { port: 0 })
  // As firn serve does before it says that it is ready.
  await warmUp(server.url, await someCves(db), new AbortController().signal)
  // By digest: in no order that means anything.
  const sample = await db.kysely
    .selectFrom('advisory')
    .select('id')
    .where('id', 'like', 'CVE-%')
    .orderBy('digest')
    .limit(RATE * SECONDS)
    .execute()
  const child = spawn(process.execPath, [import.meta.filename, '--load', server.url, ...sample.map(({ id }) => id)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await once(child, 'exit')
  await server.close()
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => `${sorted[Math.floor(sorted.length * share)]!.toFixed(1)} ms`
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(0.9999)}`
}

/** Ask for a page every 10 ms whether or not the one before has come. */
async function load(url: string, ids: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  const start = performance.now()
  const cold = RATE * COLD_SECONDS
  const asked = ids.map(async (id, i) => {
    await new Promise((resolve) => setTimeout(resolve, (i * 1_000) / RATE))
    const due = start + (i * 1_000) / RATE
    const request = get(`${url}/cve/${id}`, { agent })
    const [response] = await once(request, 'response')
    response.resume()
    await once(response, 'end')
    if (response.statusCode !== 200) throw new Error(`${id}: ${response.statusCode}`)
    times[i] = performance.now() - due
  })
  await Promise.all(asked)
  console.log(`${times.length} CVE pages at ${RATE} a second: ${spread(times)}`)
  // The first seconds compile the server's code and fill the database's caches.
  console.log(`  first ${COLD_SECONDS} s: ${spread(times.slice(0, cold))}; then: ${spread(times.slice(cold))}`)
  agent.destroy()
}

/** By the clock, and by the processor: on a busy machine the two tell different things. */
function seconds(began: Start): string {
  const { user, system } = process.cpuUsage(began.cpu)
  return `${((performance.now() - began.clock) / 1_000).toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s of processor)`
}

interface Start {
  readonly clock: number
  readonly cpu: NodeJS.CpuUsage
}

function now(): Start {
  return { clock: performance.now(), cpu: process.cpuUsage() }
}

function sizeOf(folder: string): number {
  return globSync('**', { cwd: folder }).reduce((sum, name) => sum + lstatSync(join(folder, name)).size, 0)
}

function peak(): string {
  return `peak ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB`
}
