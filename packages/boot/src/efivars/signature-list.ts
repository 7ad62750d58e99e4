import { ByteReader, type Guid, readGuid, writeGuid } from '@firn/core'

/** EFI_SIGNATURE_LIST (UEFI 2.10, section 32.4.1): signatures of one type and one size. */
export interface SignatureList {
  /** One of SIGNATURE_TYPE, or one that is not known here. */
  readonly type: Guid
  readonly header: Uint8Array
  readonly entries: readonly SignatureEntry[]
}

export interface SignatureEntry {
  /** Who put it there; Microsoft's is 77fa9abd-0359-4d32-bd60-28f4e78f784b. */
  readonly owner: Guid
  /** A DER certificate, a hash: as the type says. */
  readonly data: Uint8Array
}

export const SIGNATURE_TYPE = {
  x509: 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072',
  sha1: '826ca512-cf10-4ac9-b187-be01496631bd',
  sha256: 'c1c41626-504c-4092-aca9-41f936934328',
  sha384: 'ff3e5307-9fd0-48c9-85f1-8ad56c701e01',
  sha512: '093e0fae-a6c4-4f50-9f1b-d41e2b89c19a',
  /** The hash of a certificate's TBSCertificate and the time from which it is revoked: dbx only. */
  x509Sha256: '3bd2a492-96c0-4079-b420-fcf98ef103ed',
  x509Sha384: '7076876e-80c2-4ee6-aad2-28b349a6865b',
  x509Sha512: '446dbf63-2502-4cda-bcfa-2465d2b0fe9d',
} as const

const LIST_HEADER = 28
const OWNER = 16

/** Parse the value of PK, KEK, db, dbx or MokList: lists, one after another. Cut-off and contradictory ones are refused. */
export function parseSignatureLists(bytes: Uint8Array): SignatureList[] {
  const reader = new ByteReader(bytes, 'EFI signature list')
  const lists: SignatureList[] = []
  while (reader.remaining > 0) {
    const at = reader.offset
    const type = readGuid(reader.take(16, 'type'))
    const listSize = reader.u32('size of the list')
    const headerSize = reader.u32('size of the header')
    const entrySize = reader.u32('size of an entry')
    const body = listSize - LIST_HEADER - headerSize
    if (body < 0 || entrySize <= OWNER || body % entrySize !== 0) reader.fail('the sizes contradict each other', at)
    const header = reader.take(headerSize, 'header')
    const content = reader.take(body, 'entries')
    const entries = Array.from({ length: body / entrySize }, (_, i) => ({
      owner: readGuid(content.subarray(i * entrySize)),
      data: content.subarray(i * entrySize + OWNER, (i + 1) * entrySize),
    }))
    lists.push({ type, header, entries })
  }
  return lists
}

/** The bytes of lists. Entries of one list have one size. */
export function printSignatureLists(lists: readonly SignatureList[]): Uint8Array {
  return Buffer.concat(
    lists.map(({ type, header, entries }) => {
      const entrySize = OWNER + (entries[0]?.data.length ?? 0)
      if (entries.some(({ data }) => data.length !== entrySize - OWNER))
        throw new RangeError('entries of several sizes')
      const sizes = Buffer.alloc(12)
      sizes.writeUInt32LE(LIST_HEADER + header.length + entries.length * entrySize, 0)
      sizes.writeUInt32LE(header.length, 4)
      sizes.writeUInt32LE(entrySize, 8)
      const content = entries.flatMap(({ owner, data }) => [writeGuid(owner), data])
      return Buffer.concat([writeGuid(type), sizes, header, ...content])
    }),
  )
}
