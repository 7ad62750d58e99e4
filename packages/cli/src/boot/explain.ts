import { type BootExplanation, type BootStep, type EntryExplanation, explainBoot, lastOf } from '@firn/boot/explain'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Finding, Report } from '@firn/report'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { version } from '../version.ts'
import { MACHINE_HELP, MACHINE_OPTIONS, subjectOf, withMachine } from './machine.ts'

const HELP = `firn boot explain: will it boot, and if not, why not?

  firn boot explain [IMAGE|ESP --vars F] [--json]

${MACHINE_HELP}
  --json, --format table|json|sarif|html

For each boot entry, in the order of the firmware: whether firmware, shim, boot loader and stub start what comes next, by
which key or hash, or why not. Exit codes: 0 the entry that is taken boots, 1 it does not, or there is none.
`

const OPTIONS = { ...MACHINE_OPTIONS, json: { type: 'boolean' }, format: { type: 'string' } } as const

export const command: Command = { help: HELP, run: explain }

async function explain(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot explain', args, OPTIONS)
  const subject = subjectOf('firn boot explain', positionals)
  const explanation = withMachine(subject, values, explainBoot)
  const format = values.json === true ? 'json' : (values.format ?? 'table')
  io.stdout(format === 'table' ? inWords(explanation) : await print(subject ?? 'this machine', explanation, format))
  return explanation.taken?.verdict === 'boots' ? EXIT.clean : EXIT.findings
}

function inWords({ secureBoot, entries, taken }: BootExplanation): string {
  const lines = [
    `Secure Boot is ${secureBoot.isOn ? 'on' : 'off'}: ${secureBoot.reason}`,
    ...entries.flatMap((entry) => ['', ...entryInWords(entry, entry === taken)]),
    '',
    taken === undefined
      ? 'Nothing here is started.'
      : `When nobody chooses: ${taken.name} ${taken.verdict === 'boots' ? 'boots' : 'is started, and ends in a refusal'}.`,
  ]
  return `${lines.map(plain).join('\n')}\n`
}

function entryInWords({ name, title, verdict, reason, program }: EntryExplanation, isTaken: boolean): string[] {
  const words = { boots: 'boots', refused: 'does not boot', missing: 'does not boot', elsewhere: 'is passed over' }
  return [
    `${isTaken ? '* ' : '  '}${name}${title === '' ? '' : ` "${title}"`}: ${words[verdict]}: ${reason}`,
    ...(program === undefined ? [] : stepInWords(program, 2)),
  ]
}

function stepInWords(step: BootStep, depth: number): string[] {
  const indent = '  '.repeat(depth)
  const { by, path, kind, title, decision, sha256, notes, next, others } = step
  const what = kind === 'nothing' || kind === 'file' || kind === 'program' ? '' : ` (${kind})`
  return [
    `${indent}${by} ${decision.runs ? 'starts' : 'refuses'} ${path}${what}: ${decision.reason}`,
    ...(title === undefined ? [] : [`${indent}    is: ${title}`]),
    ...(sha256 === undefined ? [] : [`${indent}    hash: ${sha256}`]),
    ...notes.map((note) => `${indent}    note: ${note}`),
    ...(next === undefined ? [] : stepInWords(next, depth + 1)),
    ...others.flatMap((other) => [`${indent}  or:`, ...stepInWords(other, depth + 2)]),
  ]
}

async function print(subject: string, explanation: BootExplanation, word: string): Promise<string> {
  const { FORMATS, printReport } = await import('@firn/report')
  const format = FORMATS.find((name) => name === word)
  if (format === undefined) throw new UserError(`--format ${word}: not known`, `choose one of ${FORMATS.join(', ')}`)
  return printReport(asReport(subject, explanation), format, { color: false, width: Number.POSITIVE_INFINITY })
}

function asReport(subject: string, explanation: BootExplanation): Report {
  const { secureBoot, architecture, entries, taken } = explanation
  return {
    schema: 'firn/boot-explain/1',
    tool: { name: 'firn', version: version() },
    subject,
    facts: [['Secure Boot', `${secureBoot.isOn ? 'on' : 'off'}: ${secureBoot.reason}`]],
    data: { secureBoot, architecture, taken: taken?.name ?? null, entries },
    findings: [
      ...entries.filter(({ verdict }) => verdict === 'refused').map((entry) => refusal(subject, entry)),
      ...(taken === undefined ? [nothing(subject)] : []),
    ],
  }
}

function refusal(subject: string, { name, reason, program }: EntryExplanation): Finding {
  const last = program === undefined ? undefined : lastOf(program)
  return {
    rule: 'boot/refused',
    level: 'error',
    subject: { kind: 'boot-entry', name, path: subject },
    message: `${name} does not boot: ${reason}`,
    evidence: last?.sha256 === undefined ? [] : [{ kind: 'hash', text: `SHA-256 ${last.sha256}`, source: last.path }],
    remedy: 'sign it with a key that the machine trusts (firn boot sign), or have it trust yours (firn boot vars)',
  }
}

function nothing(subject: string): Finding {
  return {
    rule: 'boot/nothing-starts',
    level: 'error',
    subject: { kind: 'disk', name: subject, path: subject },
    message: 'the firmware starts nothing of what lies here',
    evidence: [],
  }
}
