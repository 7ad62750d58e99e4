import type { Pe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { checksumAfter, checksumOf } from '../pe/checksum.ts'
import { piecesSource } from '../pe/pieces.ts'
import { signingPadding } from './hash.ts'

/**
 * The image with another certificate table (none, when it is empty) in place of its own. All that the Authenticode hash
 * covers stays as it is.
 */
export function withCertificateTable(source: ByteSource, pe: Pe, table: Uint8Array): ByteSource {
  const entryOffset = pe.securityEntryOffset
  if (entryOffset === undefined) return source
  const end = pe.certificateTable?.offset ?? pe.fileSize
  const zeros = table.length === 0 ? 0 : signingPadding(pe)
  const headers = Buffer.from(source.read(0, pe.headersEnd))
  headers.writeUInt32LE(table.length === 0 ? 0 : end + zeros, entryOffset)
  headers.writeUInt32LE(table.length, entryOffset + 4)
  const oldTail = source.read(end, pe.fileSize - end)
  const newTail = Buffer.concat([new Uint8Array(zeros), table])
  const changed = piecesSource([headers, { source, from: pe.headersEnd, to: end }, newTail])
  const before = { headers: source.read(0, pe.headersEnd), tail: oldTail }
  const checksum = checksumAfter(pe, before, { headers, tail: newTail }) ?? checksumOf(changed, pe.checksumOffset)
  headers.writeUInt32LE(checksum, pe.checksumOffset)
  return changed
}
