export { type Chain, chainTo, isSignedBy, same } from './chain.ts'
export {
  context,
  contextPrimitive,
  DerReader,
  type DerValue,
  derBits,
  derBoolean,
  derCount,
  derError,
  derFlags,
  derInteger,
  derOid,
  derReader,
  derText,
  derTime,
  parseDer,
  parseDerPrefix,
  TAG,
} from './der.ts'
export * as derWrite from './der-write.ts'
export { type HashName, hashOf, OID } from './oid.ts'
export { decodePem, encodePem, readCertificates } from './pem.ts'
export { type Attribute, oneValue, parseSignedData, type SignedData, type SignerInfo, verifySigner } from './pkcs7.ts'
export { describeKey, weakness } from './signature.ts'
export { readTimestamp, type Timestamp, timestampsOf } from './timestamp.ts'
export {
  type Certificate,
  fingerprint,
  type KeyUsage,
  type Name,
  parseCertificate,
  publicKeyOf,
  shortName,
} from './x509.ts'
