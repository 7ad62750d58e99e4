import { fstatSync, writeSync } from 'node:fs'
import { EXIT, UserError } from '@firn/core'

/**
 * Where a command's words go: the standard output, whole or with an error. Node takes a short write to a file, which is
 * what a disk gives that fills, for the whole; a report that ends in the middle would then end with the exit code of a
 * good one. `failed` is told what pipes, terminals and devices report later.
 */
export function standardOutput(failed: (error: unknown) => never): (text: string) => void {
  // `firn scan | head` closes our output early: that is the reader's right. The exit code still says what was found.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failed(outputError(error))
  })
  process.stderr.on('error', () => {})
  if (!fstatSync(1).isFile()) return (text) => void process.stdout.write(text)
  return (text) => writeWhole(1, Buffer.from(text))
}

function writeWhole(file: number, bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
  } catch (error) {
    throw outputError(error as NodeJS.ErrnoException)
  }
}

const WHY: Record<string, string> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would become larger than is allowed',
  EIO: 'the disk or terminal fails',
}

function outputError(error: NodeJS.ErrnoException): unknown {
  const why = WHY[error.code ?? '']
  if (why === undefined) return error
  return new UserError(
    `the output could not be written: ${why}`,
    'what was written of it is not whole: make room, or write it elsewhere, and run the command again',
    EXIT.store,
  )
}
