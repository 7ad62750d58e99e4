import { rmSync } from 'node:fs'
import { EXIT, naming, UserError } from '@firn/core'
import { fetchText, useNetworkSettings } from '@firn/core/download'
import { type IndexKey, installIndex, isIndexFile, signatureOf } from '@firn/scan'
import type { Io } from '../command.ts'
import type { ProgressBar } from '../progress.ts'
import { fetchFeed } from './download.ts'
import { readInput } from './subject.ts'

/** An envelope has some hundred bytes. */
const MAX_SIGNATURE = 1 << 20

/** Whether a word of `--from` is an index that somebody made, not a feed: an address, or a file that begins as one. */
export function isSignedIndex(word: string): boolean {
  return isAddress(word) || isIndexFile(word)
}

/**
 * Put a signed index in place of the local one. Its signature lies beside it, as `NAME.dsse`. Without a key it is not
 * taken: whoever could change it could hide findings.
 */
export async function takeIndex(
  word: string,
  keyFiles: readonly string[],
  { folder, path }: { readonly folder: string; readonly path: string },
  io: Io,
  bar: ProgressBar,
): Promise<void> {
  if (keyFiles.length === 0) {
    throw new UserError(
      `${word}: an index that somebody made is taken only with the key of who signed it`,
      'give the public key: --key FILE.pub',
    )
  }
  const keys = keyFiles.map((name): IndexKey => ({ name, pem: naming('--key', () => readInput(name)) }))
  if (!isAddress(word)) return installIndex(word, readSignature(word), keys, path)
  useNetworkSettings(io.env)
  const envelope = await fetchText(signatureOf(word), { signal: io.signal, limit: MAX_SIGNATURE })
  const { file } = await fetchFeed(word, 'advisory index', folder, io, bar)
  try {
    await installIndex(file, envelope, keys, path)
  } finally {
    rmSync(file, { force: true })
  }
}

function readSignature(index: string): string {
  try {
    return readInput(signatureOf(index))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(`${index}: no signature beside it (${error.message})`, 'fetch the .dsse file too', EXIT.data)
  }
}

function isAddress(word: string): boolean {
  return /^https?:\/\//i.test(word)
}
