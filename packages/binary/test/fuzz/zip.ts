import { makeZip } from '../../../../scripts/zip-writer.ts'
import { ZipArchive } from '../../src/index.ts'

const some = Buffer.from('some words, some words')
export const corpus = [
  makeZip([
    { name: 'a.json', content: some, deflate: true },
    { name: 'b/', content: Buffer.alloc(0) },
  ]),
  makeZip([{ name: 'wide', content: some, zip64: true, descriptor: true }], { zip64: true, comment: 'a comment' }),
  makeZip([{ name: 'in.zip', content: makeZip([{ name: 'x', content: some, deflate: true }]) }]),
]

export async function target(bytes: Uint8Array): Promise<void> {
  const zip = ZipArchive.fromBuffer(bytes, { member: 1 << 20 })
  for (const entry of zip.entries) {
    if (entry.name === 'in.zip') (await zip.nested(entry)).close()
    else if (zip.read(entry).length !== entry.size) throw new Error('a wrong size')
  }
}
