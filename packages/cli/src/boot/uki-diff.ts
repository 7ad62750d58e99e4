import { diffUki, inspectUki } from '@firn/boot'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { withFile } from './files.ts'

const HELP = `firn boot uki diff: what is different between two unified kernel images, in words

  firn boot uki diff OLD NEW [--json]

Exit codes: 0 nothing is different, 1 something is, 2 not an EFI program.
`

export const command: Command = { help: HELP, run: diff }

async function diff(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot uki diff', args, { json: { type: 'boolean' } })
  const [before, after, ...more] = positionals
  if (before === undefined || after === undefined || more.length > 0) {
    throw new UserError('firn boot uki diff compares two files', 'firn boot uki diff old.efi new.efi')
  }
  const differences = diffUki(await withFile(before, inspectUki), await withFile(after, inspectUki))
  if (values.json === true) io.stdout(jsonOf('firn/boot-uki-diff/1', `${before} and ${after}`, { differences }))
  else io.stdout(differences.length === 0 ? 'nothing is different\n' : `${differences.map(plain).join('\n')}\n`)
  return differences.length === 0 ? EXIT.clean : EXIT.findings
}
