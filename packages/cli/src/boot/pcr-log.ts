import { existsSync, readFileSync } from 'node:fs'
import {
  type Bank,
  describeEvent,
  type EventLog,
  isHonest,
  parseEventLog,
  replay,
  unexplained,
} from '@firn/boot/measured'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { hex, readSmall } from './files.ts'

export const THIS_LOG = '/sys/kernel/security/tpm0/binary_bios_measurements'

const HELP = `firn boot pcr log: what firmware and boot loaders measured, and whether it leads to what the TPM holds

  firn boot pcr log [FILE] [--bank B] [--pcrs DIR] [--json]

  FILE         a TPM event log (default: this machine's, ${THIS_LOG})
  --bank B     sha256 (default), sha1, sha384, sha512
  --pcrs DIR   a folder with a file for each register, as /sys/class/tpm/tpm0/pcr-sha256 (default for this machine)

A log is not signed: only what leads to the registers of the TPM can be believed, and of that only the digests.
Exit codes: 0 all is explained, 1 a register holds something else, or the log shows other data than what was measured.
`

const OPTIONS = { bank: { type: 'string' }, pcrs: { type: 'string' }, json: { type: 'boolean' } } as const
const BANKS: readonly Bank[] = ['sha1', 'sha256', 'sha384', 'sha512']
const REGISTERS = 24

export const command: Command = { help: HELP, run: log }

async function log(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot pcr log', args, OPTIONS)
  if (positionals.length > 1) throw new UserError('firn boot pcr log takes one file', 'firn boot pcr log --help')
  const [file = THIS_LOG] = positionals
  const bank = BANKS.find((name) => name === (values.bank ?? 'sha256'))
  if (bank === undefined) throw new UserError(`--bank ${values.bank}: not known`, `choose one of ${BANKS.join(', ')}`)
  const events = readLog(file)
  if (!events.banks.includes(bank))
    throw new UserError(`${file}: it has no ${bank}`, `it has ${events.banks.join(', ')}`)
  const folder = values.pcrs ?? (file === THIS_LOG ? `/sys/class/tpm/tpm0/pcr-${bank}` : undefined)
  const wrong = folder === undefined ? [] : unexplained(events, readRegisters(folder), bank)
  const lies = events.events.filter((event) => !isHonest(event))
  io.stdout(values.json === true ? asJson(file, events, bank, wrong) : inWords(events, bank, wrong))
  return wrong.length + lies.length === 0 ? EXIT.clean : EXIT.findings
}

/** Read an event log; a file of sysfs does not tell its size. */
export function readLog(file: string): EventLog {
  const bytes = file.startsWith('/sys/') ? readSys(file) : readSmall(file)
  return naming(file, () => parseEventLog(bytes))
}

export function readSys(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw diskError(file, error)
  }
}

function readRegisters(folder: string): Map<number, Uint8Array> {
  if (!existsSync(folder))
    throw new UserError(`${folder}: no such folder`, 'it needs a TPM, and a kernel that shows its registers')
  const found = new Map<number, Uint8Array>()
  for (let pcr = 0; pcr < REGISTERS; pcr++) {
    const path = `${folder}/${pcr}`
    if (existsSync(path)) found.set(pcr, Buffer.from(Buffer.from(readSys(path)).toString('latin1').trim(), 'hex'))
  }
  return found
}

type Wrong = ReturnType<typeof unexplained>

function inWords(events: EventLog, bank: Bank, wrong: Wrong): string {
  const lines = [
    ...events.events.map((event) => {
      const lie = isHonest(event) ? '' : '  NOT what was measured'
      return `${String(event.pcr).padStart(2)} ${hex(event.digests.get(bank) ?? new Uint8Array())}  ${describeEvent(event)}${lie}`
    }),
    ...[...replay(events, bank)].sort(([a], [b]) => a - b).map(([pcr, value]) => `${pcr}:${bank}=${hex(value)}`),
    ...wrong.map(({ pcr, real }) => `register ${pcr} holds ${hex(real)}: the log does not lead there`),
  ]
  return lines.map((line) => `${plain(line)}\n`).join('')
}

function asJson(file: string, events: EventLog, bank: Bank, wrong: Wrong): string {
  return jsonOf('firn/boot-pcr-log/1', file, {
    bank,
    events: events.events.map((event) => ({
      pcr: event.pcr,
      type: event.type,
      what: describeEvent(event),
      digest: hex(event.digests.get(bank) ?? new Uint8Array()),
      honest: isHonest(event),
    })),
    registers: [...replay(events, bank)].map(([pcr, value]) => ({ pcr, replayed: hex(value) })),
    unexplained: wrong.map(({ pcr, real }) => ({ pcr, holds: hex(real) })),
  })
}
