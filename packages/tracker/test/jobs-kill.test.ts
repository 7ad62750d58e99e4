import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { openFeedRecords } from '@firn/advisories'
import { sql } from 'kysely'
import { open } from './open-offline.ts'
import { emptyFolder, sample, scratch } from './tracker-folder.ts'

const KILLS = 8
const PROGRAM = new URL('kill-program.ts', import.meta.url).pathname

/** The sample's records in small folders, so that there are many batches to be killed between and within. */
async function manyFiles(): Promise<string[]> {
  const archive = await openFeedRecords(sample('2024-10-24_delta_CVEs_sample.zip'), 'cve')
  const folders = Array.from({ length: 8 }, (_, i) => join(scratch, `part-${i}`))
  for (const folder of folders) mkdirSync(folder)
  let count = 0
  for await (const record of archive.read()) {
    if ('bytes' in record) writeFileSync(join(folders[count++ % 8]!, basename(record.name)), record.bytes)
  }
  archive.close()
  const epss = join(scratch, 'epss.csv')
  const scores = Array.from({ length: 20_000 }, (_, i) => `CVE-2019-${10_000 + i},0.5,0.5\n`).join('')
  writeFileSync(epss, `#model_version:v1,score_date:2025-08-25T12:55:00Z\ncve,epss,percentile\n${scores}`)
  const sets = ['17.09', '18.03'].map((release) => sample(`packages-nixos-${release}.json.gz`))
  return [...folders.slice(0, 4), ...sets, ...folders.slice(4), epss, sample('known_exploited_vulnerabilities.json')]
}

/** Run the import; kill it so many lines and milliseconds after it began. True: it came to its end. */
async function run(folder: string, files: readonly string[], lines?: number, after = 0): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, folder, ...files], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [said, failed] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failed += text
  })
  for await (const text of child.stdout.setEncoding('utf8')) {
    said += text
    if (lines !== undefined && said.split('\n').length > lines) setTimeout(() => child.kill('SIGKILL'), after)
  }
  const isWhole = said.endsWith('done\n')
  if (lines === undefined || failed !== '') assert.ok(isWhole, failed)
  return isWhole
}

test('killed at any moment, the next start goes on: nothing is lost, nothing is there twice', async (t) => {
  const files = await manyFiles()
  const [straight, killed] = [await emptyFolder(), await emptyFolder()]
  await run(straight, files)
  const points: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const [lines, after] = [randomInt(1, 14), randomInt(0, 200)]
    points.push(`${lines}+${after} ms${(await run(killed, files, lines, after)) ? ' (too late)' : ''}`)
  }
  t.diagnostic(`killed after lines: ${points.join(', ')}`)
  await run(killed, files)
  assert.deepEqual(await dump(killed), await dump(straight))
  assert.deepEqual(readdirSync(join(killed, 'spool')), [])
})

/** All that the tables say, without numbers and times that differ from run to run. */
async function dump(folder: string): Promise<Record<string, unknown[]>> {
  const { db, close } = await open(folder)
  const tables: Record<string, string> = {
    records: 'select source, id, digest from record order by 1, 2',
    advisories: 'select id, digest, score, rejected from advisory order by 1',
    names: 'select name, advisory from advisory_name order by 1, 2',
    matches: `select attribute, version, advisory, verdict, reason, fixed_in from match
      join component on component.id = match.component order by 1, 2, 3, 4`,
    presence: `select channel, presence.attribute, version, until is null as current from presence
      join component on component.id = presence.component order by 1, 2, 3, 4`,
    kev: 'select cve, entry from kev order by 1',
    epss: 'select cve, score from epss order by 1',
    staged: 'select attribute from staged',
    unfinished: "select kind, origin from ingestion where state <> 'done'",
  }
  const found: Record<string, unknown[]> = {}
  for (const [name, query] of Object.entries(tables)) found[name] = (await sql.raw(query).execute(db.kysely)).rows
  await close()
  assert.ok(found.matches!.length > 1000 && found.epss!.length === 20_000 && found.presence!.length > 1700)
  return found
}
