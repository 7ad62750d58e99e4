import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import { textOfBytePath } from '@firn/nix'
import { plain } from '@firn/report'
import { prove, sealedDigestOf, verifyProof } from '@firn/store'
import { readSmall } from '../boot/files.ts'
import type { Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { readKeys, readWholeSeal } from './seal-words.ts'

const OPTIONS = { key: { type: 'string', multiple: true }, output: { type: 'string', short: 'o' } } as const

/** `firn store seal prove`: a proof of some kilobytes for one path or file. */
export async function proveSealed(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store seal prove', args, OPTIONS)
  const [file, path, ...more] = positionals
  if (file === undefined || path === undefined || more.length > 0) {
    throw new UserError('firn store seal prove takes a seal and a path', 'firn store seal prove SEAL /nix/store/…')
  }
  const proof = prove(readWholeSeal(file, readKeys(values.key ?? [])), path)
  if (values.output === undefined) io.stdout(proof)
  else writeFileAtomic(values.output, proof)
  return EXIT.clean
}

/** `firn store seal verify-proof`: whether it was sealed, and whether a file here is what was. */
export async function verifySealed(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store seal verify-proof', args, OPTIONS)
  const [file, subject, ...more] = positionals
  if (file === undefined || more.length > 0) {
    throw new UserError('firn store seal verify-proof takes a proof, and perhaps a file', 'name the proof')
  }
  const { statement, key, facts, place, node } = naming(file, () =>
    verifyProof(readSmall(file), readKeys(values.key ?? [])),
  )
  const path = `${statement.storeDir}/${facts.name}${place === '' ? '' : `/${textOfBytePath(place)}`}`
  const what =
    node?.kind === 'file'
      ? `a file of ${node.size} bytes, fs-verity sha256:${node.digest}${node.executable ? ', executable' : ''}`
      : node?.kind === 'symlink'
        ? `a link to ${textOfBytePath(node.target)}`
        : 'a directory'
  io.stdout(plain(`${path}: ${what}, was sealed in generation ${statement.generation} by key ${key.id}`))
  io.stdout('\n')
  if (subject === undefined) return EXIT.clean
  if (node?.kind !== 'file') throw new UserError(`${path} is no file`, 'leave the file out, or prove a file')
  if (sealedDigestOf(subject) === node.digest) {
    io.stdout(`${plain(subject)}: holds just that\n`)
    return EXIT.clean
  }
  io.stdout(`${plain(subject)}: holds something else\n`)
  return EXIT.findings
}
