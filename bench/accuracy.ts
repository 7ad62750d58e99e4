import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import {
  applyRuling,
  type Decision,
  decide,
  parseSharedDecisions,
  Rulings,
  readRulings,
  type Verdict,
} from '@firn/scan'
import { parseLabelled } from './accuracy/labelled.ts'
import { readAdvisories } from './accuracy/records.ts'
import { type Score, scoreVerdicts } from './accuracy/score.ts'

/**
 * `npm run --silent bench:accuracy -- FILE.jsonl --records DIR_OR_ZIP [--decisions FILE] [--json] [--show]`: the
 * matcher's verdicts on a labelled file, scored; with the decisions of others (OpenVEX and what else `--vex` reads, or
 * a tracker's list). `--show` prints the evidence for each wrong row.
 */
try {
  await main()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(`${error.message}\n  ${error.hint}`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  // npm runs a script in the project's folder; paths are meant from where it was called.
  const { INIT_CWD, npm_lifecycle_event } = process.env
  if (INIT_CWD !== undefined && npm_lifecycle_event === 'bench:accuracy') process.chdir(INIT_CWD)
  const { values, positionals } = options()
  const [file] = positionals
  if (file === undefined || values.records === undefined)
    throw new UserError('a labelled file and its records are needed', 'FILE.jsonl --records DIR_OR_ZIP')
  const rows = parseLabelled(read(file), file)
  const advisories = await readAdvisories(new Set(rows.map((row) => row.cve)), values.records)
  const rulings = await readDecisions(values.decisions)
  const decisions = rows.map(({ component, cve }): Decision => {
    const advisory = advisories.get(cve)!
    const decision = decide(component, advisory)
    const ruling = rulings.about(advisory, component)
    return ruling === undefined ? decision : applyRuling(decision, ruling).decision
  })
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
      options: {
        records: { type: 'string' },
        decisions: { type: 'string' },
        json: { type: 'boolean' },
        show: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UserError(
      (error as Error).message,
      'FILE.jsonl --records DIR_OR_ZIP [--decisions FILE] [--json] [--show]',
    )
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw diskError(file, error)
  }
}

/** What others decided, as of today; none without a file. */
async function readDecisions(file: string | undefined): Promise<Rulings> {
  const today = new Date().toISOString().slice(0, 10)
  if (file === undefined) return new Rulings([], today)
  const text = read(file)
  if (text.trimStart().startsWith('[')) return new Rulings(parseSharedDecisions(text, file), today)
  const { rulings, warnings } = await readRulings(text, file, [])
  for (const warning of warnings) console.error(`${file}: ${warning}`)
  return new Rulings(rulings, today)
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
