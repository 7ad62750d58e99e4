export { type Chain, chainTo, isSignedBy, same } from './chain.ts'
export { commandSigner } from './command-signer.ts'
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
export { type Envelope, openEnvelope, parseEnvelope, signEnvelope } from './dsse.ts'
export { generateKey, type KeyKind, keyId, type PublicKey, parsePublicKey, verifySignature } from './key.ts'
export { type HashName, hashOf, OID } from './oid.ts'
export { decodePem, encodePem, readCertificates } from './pem.ts'
export { type Attribute, oneValue, parseSignedData, type SignedData, type SignerInfo, verifySigner } from './pkcs7.ts'
export { bytesToSign, type Signing, signData } from './pkcs7-write.ts'
export { pinOf, pkcs11Signer } from './pkcs11-signer.ts'
export { type Pkcs11Key, parsePkcs11Uri } from './pkcs11-uri.ts'
export { describeKey, weakness } from './signature.ts'
export { checkedSigner, detachedSigner, pemSigner, type Signer } from './signer.ts'
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
export { type CertificateWords, createCertificate } from './x509-write.ts'
