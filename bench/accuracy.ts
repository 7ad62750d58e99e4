import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { openCveArchive, parseCveRecord } from '@firn/advisories'
import { UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { type Advisory, advisoryFromCve, decide, type Verdict } from '@firn/scan'
import { type LabelledRow, parseLabelled } from './accuracy/labelled.ts'
import { type Score, scoreVerdicts } from './accuracy/score.ts'

/**
 * `npm run --silent bench:accuracy -- FILE.jsonl --records DIR_OR_ZIP [--json] [--show]`: the matcher's verdicts on a
 * labelled file, scored. `--show` prints the evidence for each wrong row.
 */
try {
  await main()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(`${error.message}\n  ${error.hint}`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const { values, positionals } = options()
  const [file] = positionals
  if (file === undefined || values.records === undefined)
    throw new UserError('a labelled file and its records are needed', 'FILE.jsonl --records DIR_OR_ZIP')
  const rows = parseLabelled(read(file), file)
  const advisories = await advisoriesFor(new Set(rows.map((row) => row.cve)), values.records)
  const decisions = rows.map((row) => decide(row.component, advisoryOf(row, advisories, values.records!)))
  const score = scoreVerdicts(
    rows,
    decisions.map((decision): Verdict => decision.verdict),
  )
  if (values.json) console.log(JSON.stringify(score, null, 2))
  else printScore(score)
  if (!values.show) return
  for (const [i, row] of rows.entries()) {
    const { verdict, evidence } = decisions[i]!
    if (row.acceptable.includes(verdict)) continue
    console.log(`\n${row.id} ${row.cve} ${row.component.name}: ${verdict}, not ${row.expected} (${row.why})`)
    for (const { kind, text, source } of evidence) console.log(`  ${kind}: ${text} [${source ?? ''}]`)
  }
}

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { records: { type: 'string' }, json: { type: 'boolean' }, show: { type: 'boolean' } },
    })
  } catch (error) {
    throw new UserError((error as Error).message, 'FILE.jsonl --records DIR_OR_ZIP [--json] [--show]')
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw diskError(file, error)
  }
}

/** The records of these CVEs alone are parsed: the archive may be the whole list. */
async function advisoriesFor(ids: ReadonlySet<string>, path: string): Promise<Map<string, Advisory>> {
  const archive = await openCveArchive(path)
  const advisories = new Map<string, Advisory>()
  try {
    for (const entry of archive.files()) {
      const id = /CVE-\d+-\d+/.exec(entry.name)?.[0]
      if (id === undefined || !ids.has(id)) continue
      if ('error' in entry) throw entry.error
      advisories.set(id, advisoryFromCve(parseCveRecord(entry.bytes).record))
    }
  } finally {
    archive.close()
  }
  return advisories
}

function advisoryOf(row: LabelledRow, advisories: ReadonlyMap<string, Advisory>, records: string): Advisory {
  const advisory = advisories.get(row.cve)
  if (advisory === undefined) throw new UserError(`${row.id}: ${row.cve} is not in ${records}`, 'give its record too')
  return advisory
}

function printScore(score: Score): void {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`
  const line = (name: string, value: number, [low, high]: readonly [number, number]) =>
    console.log(`${name.padEnd(20)} ${value.toFixed(3)}   (95 %: ${low.toFixed(3)} to ${high.toFixed(3)})`)
  line('precision', score.precision, score.precision_interval)
  line('recall', score.recall, score.recall_interval)
  line('f1', score.f1, score.f1_interval)
  console.log(`${'undetermined'.padEnd(20)} ${percent(score.undetermined_rate)}`)
  console.log(`${'right'.padEnd(20)} ${score.right} of ${score.rows}\n`)
  for (const [name, { right, rows }] of Object.entries(score.categories))
    console.log(`${name.padEnd(20)} ${right} of ${rows}`)
  for (const { id, cve, name, expected, got } of score.wrong)
    console.log(`${id}: ${cve} ${name} is ${expected}, got ${got}`)
}
