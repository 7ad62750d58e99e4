import {
  describeLists,
  EFIVARFS,
  type EfiVariable,
  holdsLists,
  parseSignatureLists,
  readEfiTime,
} from '@firn/boot/efivars'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { hex } from './files.ts'
import { readVariables } from './vars-files.ts'

const HELP = `firn boot vars show: what the variables hold

  firn boot vars show [--vars F] [NAME...] [--json]

  --vars F   an OVMF variable file, or a folder that vars backup wrote (default: this machine's)
  NAME       only these variables
`

const OPTIONS = { vars: { type: 'string' }, json: { type: 'boolean' } } as const
const SHOWN = 32

export const command: Command = { help: HELP, run: show }

async function show(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot vars show', args, OPTIONS)
  const from = values.vars ?? EFIVARFS
  const all = readVariables(from)
  const missing = positionals.find((name) => !all.some((entry) => entry.name === name))
  if (missing !== undefined) throw new UserError(`${from}: no variable ${missing}`, 'show without a name lists all')
  const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  io.stdout(
    values.json === true
      ? jsonOf('firn/boot-vars/1', from, { variables: chosen.map(asJson) })
      : chosen.map(inWords).join(''),
  )
  return EXIT.clean
}

function asJson(entry: EfiVariable) {
  return {
    name: entry.name,
    vendor: entry.vendor,
    attributes: entry.attributes,
    ...timeOf(entry),
    data: hex(entry.data),
    ...(holdsLists(entry) && { entries: entriesOf(entry) }),
  }
}

function timeOf({ time }: EfiVariable): { time?: string } {
  const date = time === undefined ? undefined : readEfiTime(time)
  return date === undefined ? {} : { time: date.toISOString() }
}

function inWords(entry: EfiVariable): string {
  const { time } = timeOf(entry)
  const { name, vendor, attributes, data } = entry
  const head = `${name} (${vendor}, attributes 0x${attributes.toString(16)}${time === undefined ? '' : `, written ${time}`})`
  const short = `${hex(data.subarray(0, SHOWN))}${data.length > SHOWN ? `… (${data.length} bytes)` : ''}`
  const lines = holdsLists(entry) ? entriesOf(entry) : [short]
  return [head, ...lines.map((line) => `  ${line}`)].map((line) => `${plain(line)}\n`).join('')
}

function entriesOf({ data }: EfiVariable): string[] {
  try {
    return describeLists(parseSignatureLists(data))
  } catch (error) {
    if (error instanceof UserError) return [`cannot be read: ${error.message}`]
    throw error
  }
}
