import type { HashName } from '@firn/attest/verify'
import { parsePe } from '@firn/binary/pe'
import { authenticodeHash, hashToSign, signingPadding } from '@firn/boot/verify'
import type { ByteSource } from '@firn/core'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { hex, withFile } from './files.ts'

const HELP = `firn boot hash: the Authenticode hash of an EFI program: what firmware computes, and what db and dbx hold

  firn boot hash FILE...

  --algorithm A     sha256 (default), sha1, sha384, sha512
  --json
`

const ALGORITHMS: readonly HashName[] = ['sha256', 'sha1', 'sha384', 'sha512']

export const command: Command = { help: HELP, run: hash }

const OPTIONS = { algorithm: { type: 'string' }, json: { type: 'boolean' } } as const

interface Hashed {
  readonly file: string
  readonly hash: string
  /** Signing makes the file longer by so many zero bytes, and its hash another. */
  readonly padding: number
  readonly hashWhenSigned?: string
}

async function hash(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot hash', args, OPTIONS)
  const algorithm = ALGORITHMS.find((name) => name === (values.algorithm ?? 'sha256'))
  if (algorithm === undefined) {
    throw new UserError(`--algorithm ${values.algorithm}: not known`, `choose one of ${ALGORITHMS.join(', ')}`)
  }
  if (positionals.length === 0) throw new UserError('firn boot hash takes a file', 'firn boot hash uki.efi')
  const files: Hashed[] = []
  for (const file of positionals) files.push(await withFile(file, (source) => hashOf(file, source, algorithm)))
  if (values.json === true) io.stdout(jsonOf('firn/boot-hash/1', positionals.join(', '), { algorithm, files }))
  else for (const hashed of files) tell(hashed, io)
  return EXIT.clean
}

function hashOf(file: string, source: ByteSource, algorithm: HashName): Hashed {
  const pe = parsePe(source)
  const padding = signingPadding(pe)
  return {
    file,
    hash: hex(authenticodeHash(source, pe, algorithm)),
    padding,
    ...(padding > 0 && algorithm === 'sha256' && { hashWhenSigned: hex(hashToSign(source, pe)) }),
  }
}

function tell({ file, hash, padding, hashWhenSigned }: Hashed, io: Io): void {
  io.stdout(`${hash}  ${file}\n`)
  if (hashWhenSigned === undefined) return
  io.stderr(`${file}: signing pads it with ${padding} zero bytes; its hash is then ${hashWhenSigned}\n`)
}
