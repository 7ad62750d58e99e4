import { jsonMembers } from '@firn/core'

const HEAD = Buffer.from('{"vulnerabilities":[')
const TAIL = Buffer.from(']}')

/**
 * Cut an NVD page or yearly feed into its entries, each as a page of one (`parseNvdPage` reads it), from unpacked
 * chunks and without ever holding the whole: a yearly feed is some 200 MB. A document that ends within the list is a
 * UserError, after the entries before the cut were given.
 */
export async function* nvdEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { bytes } of jsonMembers(chunks, ['vulnerabilities'], 'NVD page')) {
    yield Buffer.concat([HEAD, bytes, TAIL])
  }
}
