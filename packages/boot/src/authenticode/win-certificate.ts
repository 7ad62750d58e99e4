import type { Pe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { alignUp } from '../pe/pieces.ts'

/** One entry of the certificate table (WIN_CERTIFICATE; UEFI 2.10, section 32.2.4). */
export interface WinCertificate {
  readonly revision: number
  readonly type: number
  /** What stands behind the 8 bytes of its header, padding that Microsoft counts in included. */
  readonly content: Uint8Array
}

export const PKCS_SIGNED_DATA = 0x0002
const REVISION_2 = 0x0200
const HEADER = 8
/** Real tables have some 10 kB; who sends more only wants it held in memory. */
const MAX_TABLE = 4 * 1024 * 1024

/**
 * The entries of the certificate table. `problem` tells when the entries do not fill the table as edk2 demands: it then
 * refuses the image whatever is signed.
 */
export function readCertificateTable(
  source: ByteSource,
  pe: Pe,
): { readonly entries: readonly WinCertificate[]; readonly problem?: string } {
  const table = pe.certificateTable
  if (table === undefined) return { entries: [] }
  if (table.size > MAX_TABLE) return { entries: [], problem: `the certificate table has ${table.size} bytes` }
  const bytes = source.read(table.offset, table.size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const entries: WinCertificate[] = []
  let offset = 0
  while (bytes.length - offset > HEADER) {
    const length = view.getUint32(offset, true)
    if (length <= HEADER || length > bytes.length - offset) break
    entries.push({
      revision: view.getUint16(offset + 4, true),
      type: view.getUint16(offset + 6, true),
      content: bytes.subarray(offset + HEADER, offset + length),
    })
    offset += alignUp(length, 8)
  }
  if (offset !== bytes.length)
    return { entries, problem: 'the certificate table is damaged: its entries do not fill it' }
  return { entries }
}

/** A table of PKCS#7 signatures. Each entry's length is that of its signature; the zeros behind it are not counted. */
export function writeCertificateTable(
  entries: readonly Pick<WinCertificate, 'type' | 'revision' | 'content'>[],
): Buffer {
  return Buffer.concat(
    entries.map(({ type, revision, content }) => {
      const entry = Buffer.alloc(alignUp(HEADER + content.length, 8))
      entry.writeUInt32LE(HEADER + content.length, 0)
      entry.writeUInt16LE(revision, 4)
      entry.writeUInt16LE(type, 6)
      entry.set(content, HEADER)
      return entry
    }),
  )
}

export function pkcs7Entry(content: Uint8Array): WinCertificate {
  return { revision: REVISION_2, type: PKCS_SIGNED_DATA, content }
}
