import { createHash } from 'node:crypto'
import { UserError } from '@firn/core'
import { derInteger, derOid, derReader, derTime, parseDer, TAG } from './der.ts'
import { hashOf, OID } from './oid.ts'
import { parseSignedData, type SignerInfo, verifySigner } from './pkcs7.ts'
import { shortName } from './x509.ts'

/**
 * What an RFC 3161 timestamp on a signature says: that it existed at `time`, in the words of `authority`. `problem`
 * tells why that is not proven. Whether the authority is to be believed is not decided here: firmware looks at no time.
 */
export interface Timestamp {
  readonly time?: Date
  readonly authority?: string
  readonly problem?: string
}

/** The timestamps that a signer carries among its unsigned attributes. */
export function timestampsOf(signer: SignerInfo): Timestamp[] {
  return signer.unsignedAttributes
    .filter(({ type }) => type === OID.microsoftTimestamp)
    .flatMap(({ values }) => values.map(({ encoded }) => readTimestamp(encoded, signer.signature)))
}

/** A TimeStampToken (RFC 3161, 2.4.2) over `signature`. One that cannot be read is told as a problem. */
export function readTimestamp(token: Uint8Array, signature: Uint8Array): Timestamp {
  try {
    return checkToken(token, signature)
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message }
    throw error
  }
}

function checkToken(token: Uint8Array, signature: Uint8Array): Timestamp {
  const signed = parseSignedData(token)
  if (signed.contentType !== OID.tstInfo || signed.content?.tag !== TAG.octetString) {
    return { problem: 'not a timestamp token' }
  }
  const info = signed.content.content
  const { time, hash, imprint } = parseInfo(info)
  const [signer] = signed.signers
  if (signer === undefined || signed.signers.length !== 1) return { time, problem: 'not signed by one authority' }
  const verified = verifySigner(signed, signer, info)
  if ('reason' in verified) return { time, problem: verified.reason }
  const { certificate } = verified
  const authority = shortName(certificate.subject)
  if (hash === undefined || Buffer.compare(createHash(hash).update(signature).digest(), imprint) !== 0) {
    return { time, authority, problem: 'it was made for another signature' }
  }
  if (certificate.extendedKeyUsage?.includes(OID.timeStamping) !== true) {
    return { time, authority, problem: 'its certificate is not for timestamps' }
  }
  return { time, authority }
}

function parseInfo(bytes: Uint8Array) {
  const reader = derReader(parseDer(bytes, 'timestamp'), TAG.sequence, 'timestamp')
  derInteger(reader.next(TAG.integer, 'version'), 'timestamp: version')
  derOid(reader.any('policy'), 'timestamp: policy')
  const imprint = reader.enter(TAG.sequence, 'imprint')
  const hash = hashOf(derOid(imprint.enter(TAG.sequence, 'hash').any('algorithm'), 'timestamp: hash'))
  const digest = imprint.next(TAG.octetString, 'digest').content
  derInteger(reader.next(TAG.integer, 'serial number'), 'timestamp: serial number')
  const time = derTime(reader.next(TAG.generalizedTime, 'time'), 'timestamp: time')
  return { time, hash, imprint: digest }
}
