import { UserError } from '@firn/core'
import { compress, parseDirectory, printTail, readHeader } from '../../src/index/format.ts'
import { AdvisoryIndex } from '../../src/index/open.ts'

const line = JSON.stringify({ id: 'CVE-2024-0001', aliases: [], statements: [] })
const block = compress(line)
const names = new Map([
  ['curl', [0]],
  ['libcurl', [0]],
])
const directory = { blocks: [{ offset: 8, length: block.length, size: line.length, lines: 1 }], names }
const about = { records: 1, skipped: 0, updated: '2024-10-25T00:00:00Z', sources: [] }
const whole = Buffer.concat([Buffer.from('firnadv1'), block, ...printTail(about, directory, '[]')])

export const corpus: Uint8Array[] = [whole, plainDirectory()]

/** As an index, and as the directory of one: its digest would keep changes from the reader. */
export function target(bytes: Uint8Array): void {
  try {
    const index = new AdvisoryIndex({
      size: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
    })
    for (const _ of index.advisoriesByName(['curl'])) index.decisions()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
  parseDirectory(bytes, 1 << 20).under('curl')
}

function plainDirectory(): Buffer {
  const file = { size: whole.length, read: (offset: number, length: number) => whole.subarray(offset, offset + length) }
  const bytes = Buffer.alloc(64)
  const { length } = readHeader(file).directory
  let at = bytes.writeUInt32LE(1)
  at = bytes.writeBigUInt64LE(8n, at)
  for (const value of [length, 10, 1]) at = bytes.writeUInt32LE(value, at)
  at = bytes.writeUInt32LE(4, at)
  at += bytes.write('curl', at)
  at = bytes.writeUInt32LE(1, at)
  return bytes.subarray(0, bytes.writeUInt32LE(0, at))
}
