import { createHash } from 'node:crypto'
import { requestSignature, signImage } from '@firn/boot/authenticode'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { inputAndOutput, withFile } from './files.ts'
import { rewriteFile } from './rewrite.ts'
import { chooseSigner, SIGNER_HELP, SIGNER_OPTIONS, signOptions } from './signing.ts'

const HELP = `firn boot sign: sign an EFI program, so that Secure Boot admits it

  firn boot sign --key K --cert C IN -o OUT

  -o, --output OUT     the signed program, written whole or not at all
  --replace            put the signature in place of those that are there; else it is added behind them

${SIGNER_HELP}
With a key that is not here (an HSM in another house)
  firn boot sign --cert C IN --request REQ        writes the bytes that must be signed, and prints their SHA-256
  openssl dgst -sha256 -sign KEY -out SIG REQ     there, or by whatever holds the key
  firn boot sign --cert C IN --signature SIG -o OUT

A program with gaps between its sections is not signed: the signature would not cover them.
`

const OPTIONS = {
  ...SIGNER_OPTIONS,
  output: { type: 'string', short: 'o' },
  replace: { type: 'boolean' },
  request: { type: 'string' },
} as const

export const command: Command = { help: HELP, run: sign }

async function sign(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot sign', args, OPTIONS)
  const { input, output } = inputAndOutput('firn boot sign', positionals, values.output ?? values.request)
  const options = { ...signOptions(values), replace: values.replace === true }
  const { request } = values
  if (request !== undefined) {
    if (values.output !== undefined)
      throw new UserError('firn boot sign: --request or -o?', 'give one: --request signs nothing')
    await withFile(input, (source) => {
      const bytes = requestSignature(source, options)
      writeFileAtomic(request, bytes)
      io.stdout(`${createHash('sha256').update(bytes).digest('hex')}  ${request}\n`)
    })
    return EXIT.clean
  }
  const signer = chooseSigner(values, options.certificates[0], io)
  await rewriteFile(input, output, (source) => signImage(source, signer, options))
  io.stderr(`${output}: signed by ${options.certificates[0].subject.text}\n`)
  return EXIT.clean
}
