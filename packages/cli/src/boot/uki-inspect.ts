import { shortName } from '@firn/attest'
import { inspectUki, type SectionReport, type UkiReport } from '@firn/boot'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { type Finding, plain } from '@firn/report'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { hex, withFile } from './files.ts'

const HELP = `firn boot uki inspect: what a unified kernel image is made of

  firn boot uki inspect FILE [--json]

Shows what the image says. Whether a machine would start it: firn boot verify.
`

export const command: Command = { help: HELP, run: inspect }

async function inspect(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot uki inspect', args, { json: { type: 'boolean' } })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) {
    throw new UserError('firn boot uki inspect takes one file', 'firn boot uki inspect uki.efi')
  }
  const report = await withFile(file, inspectUki)
  io.stdout(values.json === true ? asJson(file, report) : inWords(file, report))
  return EXIT.clean
}

function inWords(file: string, report: UkiReport): string {
  const { image, stub, osRelease, uname, kernel, cmdline, sbat, profiles, sections } = report
  const line = (label: string, text: string | undefined) =>
    text === undefined ? [] : [`${label.padEnd(13)}${plain(text)}`]
  const lines = [
    plain(file),
    ...line('system', osRelease?.get('PRETTY_NAME') ?? osRelease?.get('ID')),
    ...line('kernel', uname ?? kernel?.release),
    ...line('command line', cmdline),
    ...line('stub', stub?.text),
    ...line('machine', machineName(image.pe.machine)),
    ...line('hash', `SHA-256 ${hex(image.sha256)}`),
    ...(image.signatures.length === 0 ? line('signed', 'no') : []),
    ...image.signatures.flatMap(({ signer, problem }) =>
      line('signed', problem ?? `by ${signer === undefined ? 'nobody' : shortName(signer.subject)}`),
    ),
    ...(sbat ?? []).flatMap(({ component, generation }) => line('sbat', `${component},${generation}`)),
    ...profiles.flatMap(({ text, cmdline }, i) =>
      line(`profile ${i}`, `${text.trim().split('\n').join(' ')}${cmdline === undefined ? '' : `: ${cmdline}`}`),
    ),
    '',
    ...sections.map(sectionLine),
    ...(notesOn(report).length === 0 ? [] : ['', ...notesOn(report).map((note) => `note: ${plain(note)}`)]),
  ]
  return `${lines.join('\n')}\n`
}

function sectionLine({ section, meaning, size, sha256, profile }: SectionReport): string {
  const where = profile === undefined ? '' : ` (profile ${profile})`
  return `${plain(section.name).padEnd(10)}${String(size).padStart(11)}  ${sha256.slice(0, 16)}  ${meaning ?? ''}${where}`.trimEnd()
}

function notesOn({ notes, image }: UkiReport): string[] {
  return [...notes, ...image.warnings, ...(image.refusal === undefined ? [] : [image.refusal])]
}

const MACHINES: Readonly<Record<number, string>> = {
  34404: 'x86_64',
  332: 'i386',
  43620: 'aarch64',
  450: 'arm',
  20580: 'riscv64',
  25188: 'loongarch64',
}

function machineName(machine: number): string {
  return MACHINES[machine] ?? `0x${machine.toString(16)}`
}

function asJson(file: string, report: UkiReport): string {
  const { image, stub, osRelease, uname, kernel, cmdline, sbat, profiles, sections } = report
  const findings = notesOn(report).map(
    (message): Finding => ({
      rule: 'boot/odd-image',
      level: 'note',
      subject: { kind: 'efi-program', name: file, path: file },
      message,
      evidence: [],
    }),
  )
  return jsonOf(
    'firn/boot-uki/1',
    file,
    {
      machine: machineName(image.pe.machine),
      sha256: hex(image.sha256),
      stub: stub?.text,
      uname: uname ?? kernel?.release,
      cmdline,
      osRelease: osRelease === undefined ? undefined : Object.fromEntries(osRelease),
      sbat: sbat?.map(({ component, generation, about }) => ({ component, generation, about })),
      profiles,
      signatures: image.signatures.map(({ signer, problem }) => ({ signer: signer?.subject.text, problem })),
      sections: sections.map(({ section, meaning, size, sha256, profile }) => ({
        name: section.name,
        meaning,
        size,
        virtualSize: section.virtualSize,
        virtualAddress: section.virtualAddress,
        offset: section.rawOffset,
        sha256,
        profile,
      })),
    },
    findings,
  )
}
