import { type CheckedEntry, type EspCheck, somethingStarts } from '@firn/boot/esp'
import { EXIT, type ExitCode } from '@firn/core'
import { printReport } from '@firn/report'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { parseOnlyOptions } from '../options.ts'
import { amount, checkEach, ESP_HELP, ESP_OPTIONS, parseFormat } from './esp-words.ts'
import { reportOn } from './fsck.ts'

const HELP = `firn boot status: what is on the EFI system partition, and what of it boots

  firn boot status --esp DIR... --cert C...

${ESP_HELP}
Exit codes: 0 something boots from each partition, 1 nothing does.
`

export const command: Command = { help: HELP, run: status }

async function status(args: readonly string[], io: Io): Promise<ExitCode> {
  const values = parseOnlyOptions('firn boot status', args, ESP_OPTIONS)
  const format = parseFormat(values)
  const checks = await checkEach('firn boot status', values)
  if (format === 'table') io.stdout(checks.map(inWords).join('\n'))
  else
    io.stdout(
      printReport(reportOn(checks, values.db !== undefined), format, { color: false, width: Number.POSITIVE_INFINITY }),
    )
  return checks.every(somethingStarts) ? EXIT.clean : EXIT.findings
}

/** Behind why a shim of others, or what it starts, is not admitted by the keys that were given. */
const FOREIGN = " (of a shim of others: the machine's db tells)"

function inWords(check: EspCheck): string {
  const lines = [
    `${check.esp}: ${amount(check.space.free)} free`,
    ...check.loaders.map(
      ({ path, problem, foreign }) =>
        `  ${path}: ${problem === undefined ? 'boots' : `refused: ${problem}${foreign === undefined ? '' : FOREIGN}`}`,
    ),
    ...(check.settings === undefined ? [] : [`  menu: ${check.settings.trim().split('\n').join('; ')}`]),
    ...check.entries.flatMap(entryInWords),
    ...(check.entries.length === 0 ? ['  no entries'] : []),
  ]
  return `${lines.map(plain).join('\n')}\n`
}

function entryInWords({ path, title, size, name, needs, problem, toplevel }: CheckedEntry): string[] {
  const { counter } = name ?? {}
  const tries = counter === undefined ? '' : `, ${counter.left} tries left, ${counter.failed} failed`
  return [
    `  ${path}: ${problem === undefined ? 'boots' : `does not boot: ${problem}`}`,
    `    ${title ?? 'without a title'} (${amount(size)}${tries})`,
    ...(toplevel === undefined ? [] : [`    ${toplevel}`]),
    ...needs.flatMap((need) => (need.path === undefined ? [] : [`    starts ${need.path}`])),
  ]
}
