import { parsePe } from '@firn/binary/pe'
import {
  type Bank,
  defaultPhases,
  effectiveSections,
  type Pcr11,
  predictPcr11,
  profilesOf,
  requireStubVersion,
} from '@firn/boot'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { hex, withFile } from './files.ts'

const HELP = `firn boot measure: the value that TPM register 11 will have when a unified kernel image has booted

  firn boot measure FILE [--json]

  --bank B           sha256 (default), sha1, sha384, sha512; may be repeated
  --phase P          a path of phases, such as enter-initrd:leave-initrd; may be repeated; "" is before the first
                     (default: the four of systemd, as systemd-measure has them)
  --profile N        the profile that is booted (default 0, when the image has any)
  --stub-version V   the systemd version of the stub, when the image does not tell: what is measured depends on it

No TPM is needed. Device trees and firmware that the stub picks by hardware (.dtbauto, .efifw) are not in it.
`

const BANKS: readonly Bank[] = ['sha1', 'sha256', 'sha384', 'sha512']
const OPTIONS = {
  bank: { type: 'string', multiple: true },
  phase: { type: 'string', multiple: true },
  profile: { type: 'string' },
  'stub-version': { type: 'string' },
  json: { type: 'boolean' },
} as const

interface Measured {
  readonly stub: number
  readonly profile?: number
  readonly banks: readonly { readonly bank: Bank; readonly pcr11: Pcr11 }[]
}

export const command: Command = { help: HELP, run: measure }

async function measure(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot measure', args, OPTIONS)
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UserError('firn boot measure takes one file', 'firn boot measure uki.efi')
  const banks = (values.bank ?? ['sha256']).map(parseBank)
  const phases = values.phase ?? defaultPhases()
  const given = number('--stub-version', values['stub-version'])
  const profile = number('--profile', values.profile)
  const measured = await withFile(file, (source): Measured => {
    const pe = parsePe(source)
    const stub = requireStubVersion(source, pe, given)
    const count = profilesOf(pe.sections).profiles.length
    if (profile !== undefined && profile >= count) {
      throw new UserError(`there is no profile ${profile}`, `the image has ${count}, counted from 0`)
    }
    const sections = effectiveSections(pe.sections, profile)
    return {
      stub,
      ...(count > 0 && { profile: profile ?? 0 }),
      banks: banks.map((bank) => ({ bank, pcr11: predictPcr11(source, sections, stub, bank, phases) })),
    }
  })
  io.stdout(values.json === true ? asJson(file, measured) : inWords(file, measured))
  return EXIT.clean
}

function inWords(file: string, { stub, profile, banks }: Measured): string {
  const which = profile === undefined ? '' : `, profile ${profile}`
  const lines = banks.flatMap(({ bank, pcr11 }) =>
    pcr11.values.flatMap(({ phase, value }) => [`# PCR[11] Phase <${phase}>`, `11:${bank}=${hex(value)}`]),
  )
  const measured = banks[0]?.pcr11.measured.join(' ') ?? ''
  return `# ${file}: measured by systemd-stub ${stub}${which}: ${measured}\n${lines.join('\n')}\n`
}

function asJson(file: string, { stub, profile, banks }: Measured): string {
  const values = banks.map(({ bank, pcr11 }) => [
    bank,
    pcr11.values.map(({ phase, value }) => ({ phase, pcr: 11, hash: hex(value) })),
  ])
  const measured = banks[0]?.pcr11.measured
  return jsonOf('firn/boot-measure/1', file, { stub, profile, measured, ...Object.fromEntries(values) })
}

/** A bank of a TPM by its name. */
export function parseBank(word: string): Bank {
  const bank = BANKS.find((name) => name === word)
  if (bank === undefined) throw new UserError(`--bank ${word}: not known`, `choose one of ${BANKS.join(', ')}`)
  return bank
}

function number(option: string, word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  if (!/^\d{1,4}$/.test(word)) throw new UserError(`${option} ${word}: not a number`, 'give a whole number')
  return Number(word)
}
