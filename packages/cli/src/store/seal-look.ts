import { readFileSync } from 'node:fs'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { plain } from '@firn/report'
import { diffSeals, openSeal, readSeal, type Seal, tellDiff, verifyLines } from '@firn/store'
import type { Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { readKeys, readWholeSeal } from './seal-words.ts'
import { jsonOf } from './words.ts'

const OPTIONS = { key: { type: 'string', multiple: true }, json: { type: 'boolean' } } as const

/** `firn store seal inspect`: what a seal says. Without a key that is all it does; with one, whether to believe it. */
export async function inspect(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store seal inspect', args, OPTIONS)
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UserError('firn store seal inspect takes one seal', 'name its file')
  const keys = values.key === undefined ? undefined : readKeys(values.key)
  const seal = keys === undefined ? naming(file, () => openSeal(readBytes(file))) : readSeal(file, keys)
  naming(file, () => verifyLines(seal))
  io.stdout(
    values.json === true ? jsonOf('firn/seal/1', describe(seal, keys !== undefined)) : tell(seal, keys !== undefined),
  )
  return EXIT.clean
}

function describe(seal: Seal, trusted: boolean) {
  const { statement, envelope, signers } = seal
  return {
    ...statement,
    signatures: envelope.signatures.map(({ keyId }) => keyId),
    trusted: trusted ? signers.map(({ id }) => id) : [],
  }
}

function tell({ statement, envelope, signers }: Seal, trusted: boolean): string {
  const { storeDir, roots, generation, root, paths, files, bytes, created, revoked } = statement
  const rows: readonly (readonly [string, string])[] = [
    ['Store', storeDir],
    ...(roots.length === 0
      ? [['Scope', 'the whole store'] as const]
      : roots.map(({ path }) => ['Closure of', path] as const)),
    ['Generation', String(generation)],
    ['Root', root],
    ['Holds', `${paths} paths, ${files} files, ${Math.round(bytes / 1e6)} MB`],
    ...(created === undefined ? [] : [['Created', `${created} (as whoever sealed it says)`] as const]),
    ...revoked.map(({ key, after }) => ['Revoked', `key ${key} after generation ${after}`] as const),
    ...envelope.signatures.map(({ keyId }) => ['Signature', `says to be by key ${keyId ?? '?'}`] as const),
    [
      'Believed',
      trusted
        ? `signed by ${signers.map(({ id }) => id).join(', ')}`
        : 'no: give the key of who sealed it (--key FILE.pub)',
    ],
  ]
  return rows.map(([label, text]) => `${label.padEnd(12)}${plain(text)}\n`).join('')
}

/** `firn store seal diff`: what lies between two seals, both believed. */
export async function diff(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store seal diff', args, OPTIONS)
  const [from, to, ...more] = positionals
  if (from === undefined || to === undefined || more.length > 0) {
    throw new UserError('firn store seal diff takes two seals', 'firn store seal diff OLD NEW --key PUB')
  }
  const keys = readKeys(values.key ?? [])
  const found = diffSeals(readWholeSeal(from, keys), readWholeSeal(to, keys))
  io.stdout(values.json === true ? jsonOf('firn/seal-diff/1', found) : tellDiff(found))
  return EXIT.clean
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw diskError(file, error)
  }
}
