import { type DerValue, derOid, derReader, derWrite, type HashName, hashOf, OID, TAG } from '@firn/attest/verify'

const { bitString, der, NULL, octetString, oid, sequence } = derWrite

/** What an Authenticode signature signs: the hash of the image and which hash that is. */
export interface SpcIndirectData {
  readonly hash: HashName | undefined
  readonly digest: Uint8Array
}

/**
 * SpcIndirectDataContent for an image with that SHA-256 (Authenticode specification; the SpcPeImageData that names no
 * file). `content` is what is hashed for messageDigest: all but the outermost tag and length.
 */
export function writeSpc(digest: Uint8Array): { readonly encoded: Uint8Array; readonly content: Uint8Array } {
  const noFile = der(0xa0, der(0xa2, der(0x80)))
  const image = sequence(oid(OID.spcPeImageData), sequence(bitString(new Uint8Array()), noFile))
  const imprint = sequence(sequence(oid(OID.sha256), NULL), octetString(digest))
  return { encoded: sequence(image, imprint), content: Buffer.concat([image, imprint]) }
}

/** Read it from the content of a SignedData. */
export function parseSpc(value: DerValue): SpcIndirectData {
  const reader = derReader(value, TAG.sequence, 'Authenticode')
  derOid(reader.enter(TAG.sequence, 'kind of image').any('identifier'), 'Authenticode: kind of image')
  const imprint = reader.enter(TAG.sequence, 'hash')
  const hash = hashOf(derOid(imprint.enter(TAG.sequence, 'algorithm').any('identifier'), 'Authenticode: hash'))
  const digest = imprint.next(TAG.octetString, 'digest').content
  imprint.end()
  reader.end()
  return { hash, digest }
}
