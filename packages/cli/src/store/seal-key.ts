import { existsSync } from 'node:fs'
import { addSignature } from '@firn/attest/envelope'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import { writeSeal } from '@firn/store'
import type { Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { readKeys, readWholeSeal, SIGNER_OPTIONS, signersOf } from './seal-words.ts'

/** `firn store seal key`: an ed25519 key, and its public half beside it. What is there is not written over. */
export async function makeKey(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store seal key', args, { output: { type: 'string', short: 'o' } })
  const file = values.output
  if (file === undefined || positionals.length > 0) {
    throw new UserError('firn store seal key: where to?', 'firn store seal key -o seal.key')
  }
  const publicFile = `${file}.pub`
  const old = [file, publicFile].find((name) => existsSync(name))
  if (old !== undefined) throw new UserError(`${old}: there is a file already`, 'choose another name, or move it away')
  const { generateKey, parsePublicKey } = await import('@firn/attest')
  const { privatePem, publicPem } = generateKey()
  writeFileAtomic(file, privatePem, 0o600)
  writeFileAtomic(publicFile, publicPem)
  io.stdout(`${file}\n${publicFile}\nkey ${parsePublicKey(publicPem).id}\n`)
  return EXIT.clean
}

/**
 * `firn store seal cosign`: one more signature on a seal that a trusted key has signed, without reading the store. With
 * both on it, machines that know either key believe it.
 */
export async function cosign(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store seal cosign', args, {
    ...SIGNER_OPTIONS,
    trusted: { type: 'string', multiple: true },
    output: { type: 'string', short: 'o' },
  })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UserError('firn store seal cosign takes one seal', 'name its file')
  const seal = readWholeSeal(file, readKeys(values.trusted ?? []))
  let { envelope } = seal
  for (const signer of await signersOf(values, io)) envelope = await addSignature(envelope, signer)
  writeSeal(values.output ?? file, envelope, seal.lines)
  io.stdout(`${values.output ?? file}: ${envelope.signatures.length} signatures\n`)
  return EXIT.clean
}
