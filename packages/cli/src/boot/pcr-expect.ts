import { explainBoot } from '@firn/boot/explain'
import { type ExpectedBoot, expectBoot, expectedValue, explainDifference } from '@firn/boot/measured'
import { EXIT, type ExitCode } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { hex } from './files.ts'
import { MACHINE_HELP, MACHINE_OPTIONS, subjectOf, withMachine } from './machine.ts'
import { readLog } from './pcr-log.ts'

const HELP = `firn boot pcr expect: PCR 4 (programs), 7 (Secure Boot) and, behind shim, 14 after the next boot (SHA-256)

  firn boot pcr expect [IMAGE|ESP --vars F] [--log LOG] [--json]

${MACHINE_HELP}
  --log LOG      compare with this TPM event log, event by event: = as expected, - not measured, + not expected

Exit codes: 0 predicted (and equal to the log), 1 not, or it does not boot.
`

const OPTIONS = { ...MACHINE_OPTIONS, log: { type: 'string' }, json: { type: 'boolean' } } as const

export const command: Command = { help: HELP, run: expect }

async function expect(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot pcr expect', args, OPTIONS)
  const subject = subjectOf('firn boot pcr expect', positionals)
  const boot = withMachine(subject, values, (machine): ExpectedBoot => {
    const explanation = explainBoot(machine)
    const nothing = { events: [], pcrs: [], notes: ['nothing here is started'] }
    return explanation.taken === undefined ? nothing : expectBoot(machine, explanation, explanation.taken)
  })
  const differences = values.log === undefined ? undefined : differencesFrom(boot, values.log)
  io.stdout(
    values.json === true ? asJson(positionals[0] ?? 'this machine', boot, differences) : inWords(boot, differences),
  )
  const isSame = differences?.every(({ lines }) => lines.every(({ sign }) => sign === '=')) ?? true
  return boot.pcrs.length > 0 && isSame ? EXIT.clean : EXIT.findings
}

function differencesFrom({ events, pcrs }: ExpectedBoot, file: string) {
  const log = readLog(file)
  return pcrs.map((pcr) => ({ pcr, lines: explainDifference(events, log, pcr) }))
}

type Differences = ReturnType<typeof differencesFrom> | undefined

function inWords({ events, pcrs, notes }: ExpectedBoot, differences: Differences): string {
  const lines = [
    ...notes.map((note) => `note: ${note}`),
    ...pcrs.flatMap((pcr) => [
      `${pcr}:sha256=${hex(expectedValue(events, pcr))}`,
      ...(differences?.find((one) => one.pcr === pcr)?.lines ?? expectedLines(events, pcr)).map(
        ({ sign, what, digest, note }) => `  ${sign} ${digest}  ${what}${note === undefined ? '' : ` (${note})`}`,
      ),
    ]),
  ]
  return lines.map((line) => `${plain(line)}\n`).join('')
}

function expectedLines(events: ExpectedBoot['events'], pcr: number) {
  return events
    .filter((event) => event.pcr === pcr)
    .map(({ what, digest }) => ({ sign: ' ', what, digest: hex(digest), note: undefined }))
}

function asJson(subject: string, { events, pcrs, notes }: ExpectedBoot, differences: Differences): string {
  const sha256 = pcrs.map((pcr) => ({
    pcr,
    hash: hex(expectedValue(events, pcr)),
    events: events.filter((event) => event.pcr === pcr).map(({ what, digest }) => ({ what, digest: hex(digest) })),
  }))
  return jsonOf('firn/boot-pcr-expect/1', subject, { sha256, notes, differences })
}
