import type { HashName } from '@firn/attest/verify'
import { parsePe } from '@firn/binary/pe'
import { authenticodeHash, hashToSign, signingPadding } from '@firn/boot/verify'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { hex, withFile } from './files.ts'

const HELP = `firn boot hash: the Authenticode hash of an EFI program: what firmware computes, and what db and dbx hold

  firn boot hash FILE...

  --algorithm A     sha256 (default), sha1, sha384, sha512
`

const ALGORITHMS: readonly HashName[] = ['sha256', 'sha1', 'sha384', 'sha512']

export const command: Command = { help: HELP, run: hash }

async function hash(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot hash', args, { algorithm: { type: 'string' } })
  const algorithm = ALGORITHMS.find((name) => name === (values.algorithm ?? 'sha256'))
  if (algorithm === undefined) {
    throw new UserError(`--algorithm ${values.algorithm}: not known`, `choose one of ${ALGORITHMS.join(', ')}`)
  }
  if (positionals.length === 0) throw new UserError('firn boot hash takes a file', 'firn boot hash uki.efi')
  for (const file of positionals) {
    await withFile(file, (source) => {
      const pe = parsePe(source)
      io.stdout(`${hex(authenticodeHash(source, pe, algorithm))}  ${file}\n`)
      if (signingPadding(pe) > 0 && algorithm === 'sha256') {
        const signed = hex(hashToSign(source, pe))
        io.stderr(`${file}: signing pads it with ${signingPadding(pe)} zero bytes; its hash is then ${signed}\n`)
      }
    })
  }
  return EXIT.clean
}
