import { EXIT, type ExitCode, UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { printBill } from '../scan/bill.ts'
import { loadSubject, SUBJECT_OPTIONS } from '../scan/subject.ts'

const HELP = `firn sbom: what a closure is made of, without findings

  firn sbom PATH...             a store path, a link such as result, a .drv file
  firn sbom --system            the running NixOS system

  --format cyclonedx|spdx       CycloneDX 1.6 (default) or SPDX 2.3, both as JSON
  --output FILE                 write to a file, whole or not at all
  --profile P, --gc-roots, --drv FILE, --snapshot FILE, --store ROOT, --buildtime   as in firn scan

SOURCE_DATE_EPOCH sets the time that the document carries: with it the same closure gives the same bytes.
`

const OPTIONS = { ...SUBJECT_OPTIONS, format: { type: 'string' }, output: { type: 'string' } } as const

export const command: Command = { help: HELP, run: sbom }

async function sbom(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn sbom', args, OPTIONS)
  const format = values.format ?? 'cyclonedx'
  if (format !== 'cyclonedx' && format !== 'spdx') {
    throw new UserError(`--format ${format}: not known`, 'choose cyclonedx or spdx')
  }
  const text = await printBill(await loadSubject(positionals, values, io), format, io)
  if (values.output === undefined) io.stdout(text)
  else writeFileAtomic(values.output, text)
  return EXIT.clean
}
