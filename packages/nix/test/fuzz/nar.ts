import { NarReader, NarWriter } from '../../src/index.ts'

/** An archive of everything a NAR can hold. */
function whole(): Uint8Array {
  const pieces: Buffer[] = []
  const writer = new NarWriter((bytes) => pieces.push(Buffer.from(bytes)))
  writer.directory('')
  writer.directory('a')
  writer.file('a/x', 5, true)
  writer.contents(Buffer.from('hello'))
  writer.leave()
  writer.file('b', 0, false)
  writer.symlink('c', 'a/x')
  writer.leave()
  writer.end()
  return Buffer.concat(pieces)
}

export const corpus: Uint8Array[] = [whole()]

/** What is taken is canonical: written again it has the same bytes. */
export function target(bytes: Uint8Array): void {
  const pieces: Buffer[] = []
  const writer = new NarWriter((piece) => pieces.push(Buffer.from(piece)))
  const reader = new NarReader(writer)
  reader.push(bytes.subarray(0, bytes.length >> 1))
  reader.push(bytes.subarray(bytes.length >> 1))
  reader.end()
  writer.end()
  if (!Buffer.concat(pieces).equals(bytes)) throw new Error('written again, the archive has other bytes')
}
