import { UserError } from '@firn/core'
import { parseDirectory, printDirectory } from '../../src/index/directory.ts'
import { compress, printTail } from '../../src/index/format.ts'
import { AdvisoryIndex } from '../../src/index/open.ts'

const line = JSON.stringify({ id: 'CVE-2024-0001', aliases: [], statements: [] })
const block = compress(line)
const names = new Map([
  ['curl', [0]],
  ['libcurl', [0]],
])
const directory = { blocks: [{ offset: 8, length: block.length, size: line.length, lines: 1 }], names }
const about = { records: 1, skipped: 0, updated: '2024-10-25T00:00:00Z', sources: [], matcher: '' }
const whole = Buffer.concat([
  Buffer.from('firnadv3'),
  block,
  ...printTail(about, { directory, turns: [[]], decisions: '[]' }),
])

export const corpus: Uint8Array[] = [whole, printDirectory(directory)]

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
