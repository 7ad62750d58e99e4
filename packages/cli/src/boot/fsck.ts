import { type EspCheck, somethingStarts } from '@firn/boot/esp'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { type Finding, type Level, printReport, type Report, reaches } from '@firn/report'
import type { Command, Io } from '../command.ts'
import { parseOnlyOptions } from '../options.ts'
import { version } from '../version.ts'
import { amount, checkEach, ESP_HELP, ESP_OPTIONS, PRIVATE_MOUNT, parseFormat } from './esp-words.ts'

const HELP = `firn boot fsck: read every byte that boots again, and say what is damaged, unsigned or left over

  firn boot fsck --esp DIR... --cert C...

${ESP_HELP}  --fail-on error|warning|note   exit 1 from this level on (default warning)

It changes nothing: firn boot install mends what it finds. Exit codes: 0 nothing found, 1 something.
`

const OPTIONS = { ...ESP_OPTIONS, 'fail-on': { type: 'string' } } as const
const LEVELS: readonly Level[] = ['error', 'warning', 'note']

export const command: Command = { help: HELP, run: fsck }

async function fsck(args: readonly string[], io: Io): Promise<ExitCode> {
  const values = parseOnlyOptions('firn boot fsck', args, OPTIONS)
  const format = parseFormat(values)
  const failOn = LEVELS.find((level) => level === (values['fail-on'] ?? 'warning'))
  if (failOn === undefined) throw new UserError(`--fail-on ${values['fail-on']}: not known`, 'error, warning or note')
  const report = reportOn(await checkEach('firn boot fsck', values), values.db !== undefined)
  io.stdout(printReport(report, format, { color: false, width: Number.POSITIVE_INFINITY }))
  return report.findings.some(({ level }) => reaches(level, failOn)) ? EXIT.findings : EXIT.clean
}

/** What was found on partitions, as every report of the house has it. `knowsDb`: what the firmware trusts was given. */
export function reportOn(checks: readonly EspCheck[], knowsDb: boolean): Report {
  return {
    schema: 'firn/boot-esp/1',
    tool: { name: 'firn', version: version() },
    subject: checks.map(({ esp }) => esp).join(', '),
    facts: checks.flatMap((check) => [
      [check.esp, `${check.entries.length} entries, ${check.loaders.length} boot loaders`] as const,
      [`${check.esp}: free`, amount(check.space.free)] as const,
    ]),
    data: { partitions: checks.map(asJson) },
    findings: checks.flatMap((check) => findingsOn(check, knowsDb)),
  }
}

function findingsOn(check: EspCheck, knowsDb: boolean): Finding[] {
  const { esp, entries, loaders, unused, leftovers, readable } = check
  const at = (path: string) => ({ kind: 'esp-file', name: path, path: `${esp}/${path}` })
  const mend = 'firn boot install makes it anew'
  const entry = entries.flatMap(({ path, problem, name }): Finding[] => {
    if (problem === undefined) return []
    const message = `${path} does not boot: ${problem}`
    const ours = name !== undefined
    return [
      {
        rule: 'boot/esp-entry',
        level: ours ? 'error' : 'warning',
        subject: at(path),
        message,
        evidence: [],
        ...(ours && { remedy: mend }),
      },
    ]
  })
  const loader = loaders.flatMap(({ path, problem, foreign }): Finding[] => {
    if (problem === undefined) return []
    if (foreign !== undefined && !knowsDb) {
      const what = foreign === 'shim' ? 'a shim of others, and whole' : 'what a shim of others starts'
      const message = `${path} is ${what}: whether it is started, the machine's db tells`
      const remedy = 'add --db with that variable, or see firn boot explain'
      return [{ rule: 'boot/esp-loader', level: 'note', subject: at(path), message, evidence: [], remedy }]
    }
    const message = `${path} is not started: ${problem}`
    return [{ rule: 'boot/esp-loader', level: 'warning', subject: at(path), message, evidence: [] }]
  })
  const failed = entries.flatMap(({ path, name, problem }): Finding[] => {
    if (problem !== undefined || name?.counter?.left !== 0) return []
    const message = `${path} failed at every try (${name.counter.failed}): it is passed over`
    return [{ rule: 'boot/esp-tries', level: 'warning', subject: at(path), message, evidence: [] }]
  })
  const rest = [
    ...unused.map(({ path }) => [path, 'no entry starts it'] as const),
    ...leftovers.map(({ path }) => [path, 'left behind when an installation was stopped'] as const),
  ].map(([path, why]): Finding => {
    const remedy = 'firn boot install removes it'
    return {
      rule: 'boot/esp-unused',
      level: 'note',
      subject: at(path),
      message: `${path}: ${why}`,
      evidence: [],
      remedy,
    }
  })
  const open: Finding[] =
    readable.length === 0
      ? []
      : [
          {
            rule: 'boot/esp-readable',
            level: 'note',
            subject: { kind: 'esp', name: esp, path: esp },
            message: `every user of this machine can read ${esp}, and what secrets the initrds there hold`,
            evidence: readable.map(({ path }) => ({ kind: 'file', text: path })),
            remedy: PRIVATE_MOUNT,
          },
        ]
  const nothing: Finding[] = somethingStarts(check)
    ? []
    : [
        {
          rule: 'boot/esp-nothing',
          level: 'error',
          subject: { kind: 'esp', name: esp, path: esp },
          message: `nothing boots from ${esp}: ${loaders.length === 0 ? 'there is no boot loader' : 'no entry with a boot loader is whole and admitted'}`,
          evidence: [],
          remedy: 'do not switch the machine off before firn boot install has run',
        },
      ]
  return [...nothing, ...entry, ...loader, ...failed, ...rest, ...open]
}

function asJson({ esp, entries, loaders, unused, leftovers, readable, settings, space }: EspCheck) {
  return {
    esp,
    space,
    settings,
    entries: entries.map(({ path, size, name, title, toplevel, needs, problem, admission }) => ({
      path,
      size,
      generation: name?.generation,
      specialisation: name?.specialisation,
      counter: name?.counter,
      title,
      toplevel,
      boots: problem === undefined,
      reason: problem ?? admission?.reason,
      needs: needs.map((need) => need.path),
    })),
    loaders: loaders.map(({ path, size, problem, admission, foreign }) => ({
      path,
      size,
      boots: problem === undefined,
      reason: problem ?? admission?.reason,
      foreign,
    })),
    unused: unused.map(({ path }) => path),
    leftovers: leftovers.map(({ path }) => path),
    readable: readable.map(({ path }) => path),
  }
}
