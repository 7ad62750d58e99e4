import { stripSignatures } from '@firn/boot/authenticode'
import { EXIT, type ExitCode } from '@firn/core'
import type { Command } from '../command.ts'
import { parseOptions } from '../options.ts'
import { inputAndOutput } from './files.ts'
import { rewriteFile } from './rewrite.ts'

const HELP = `firn boot strip: take all signatures away from an EFI program

  firn boot strip IN -o OUT
`

export const command: Command = { help: HELP, run: strip }

async function strip(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot strip', args, { output: { type: 'string', short: 'o' } })
  const { input, output } = inputAndOutput('firn boot strip', positionals, values.output)
  await rewriteFile(input, output, stripSignatures)
  return EXIT.clean
}
