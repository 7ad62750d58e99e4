import { closeSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { type Certificate, readCertificates } from '@firn/attest/verify'
import { type ByteSource, fileSource } from '@firn/binary/source'
import { parseSignatureLists, type SignatureList } from '@firn/boot/verify'
import { naming, namingAsync, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'

/** Keys, certificates and lists are small; a disk image given by mistake is not to be held in memory. */
const MOST = 16 * 2 ** 20

const PIECE = 64 * 2 ** 10

/** A small file, or what comes through a pipe, whole. How large that is, only its end tells: a device may have none. */
export function readSmall(path: string): Uint8Array {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const pieces: Uint8Array[] = []
    const piece = Buffer.allocUnsafe(PIECE)
    for (let size = 0; ; ) {
      const got = readSync(file, piece)
      if (got === 0) return Buffer.concat(pieces)
      pieces.push(Buffer.from(piece.subarray(0, got)))
      size += got
      if (size > MOST) {
        throw new UserError(`${path}: more than ${MOST} bytes, too many for what belongs here`, 'check the path')
      }
    }
  } catch (error) {
    throw diskError(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** The certificates of a file, PEM or DER. */
export function readCertificateFile(path: string): Certificate[] {
  return naming(path, () => readCertificates(readSmall(path)))
}

/** EFI signature lists: a plain .esl file, or a variable of efivarfs or of a backup. */
export function readListFile(path: string): SignatureList[] {
  return naming(path, () => parseSignatureLists(isVariableFile(path) ? readSmall(path).subarray(4) : readSmall(path)))
}

/** Whether a file is named as efivarfs names a variable: four bytes of attributes stand in front of its value. */
export function isVariableFile(path: string): boolean {
  return /^[^/]+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(basename(path))
}

/** `@FILE` is the file's content, all else the text itself. */
export function textOrFile(word: string): Uint8Array {
  return word.startsWith('@') ? readSmall(word.slice(1)) : Buffer.from(word)
}

/** Do something with an open file; what it says of the content is told with the file's name. */
export async function withFile<T>(path: string, act: (source: ByteSource) => T | Promise<T>): Promise<T> {
  const source = fileSource(path)
  try {
    return await namingAsync(path, async () => act(source))
  } finally {
    source.close()
  }
}

/** The one input and the output (`-o`) of a command. */
export function inputAndOutput(
  name: string,
  positionals: readonly string[],
  output: string | undefined,
): { readonly input: string; readonly output: string } {
  const [input, ...more] = positionals
  if (input === undefined || more.length > 0) {
    throw new UserError(`${name} takes one file`, `${name} --help shows how it is used`)
  }
  if (output === undefined)
    throw new UserError(`${name}: where to?`, `${name} ${input} -o OUT writes the new file there`)
  return { input, output }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
