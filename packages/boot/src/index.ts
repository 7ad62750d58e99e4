export {
  type Admission,
  admit,
  admitSignature,
  type Forbidden,
  forbiddenBy,
  NO_TRUST,
  type Trust,
  trustOf,
} from './authenticode/admit.ts'
export { authenticodeHash, hashToSign, signingPadding } from './authenticode/hash.ts'
export { type ImageReport, inspectImage, type SignatureReport } from './authenticode/report.ts'
export { attachSignature, requestSignature, type SignOptions, signImage, stripSignatures } from './authenticode/sign.ts'
export { readVendorLists, type VendorLists } from './authenticode/vendor.ts'
export { type Guid, readGuid, writeGuid } from './efivars/guid.ts'
export {
  parseSignatureLists,
  printSignatureLists,
  SIGNATURE_TYPE,
  type SignatureEntry,
  type SignatureList,
} from './efivars/signature-list.ts'
export {
  type Bank,
  defaultPhases,
  extend,
  type Pcr11,
  PHASES,
  type PhaseValue,
  predictPcr11,
} from './measured/pcr11.ts'
export { alignUp, type Piece, piecesSource, writeSource } from './pe/pieces.ts'
export { mergeSbat, parseSbat, parseSbatLevel, revokedBy, type SbatEntry, type SbatLevel } from './sbat.ts'
export { buildUki, joinInitrds, type UkiParts, type UkiProfile } from './uki/build.ts'
export { diffUki } from './uki/diff.ts'
export { contentOf, inspectUki, parseOsRelease, type SectionReport, type UkiReport } from './uki/inspect.ts'
export { type KernelFacts, readKernel } from './uki/kernel.ts'
export { effectiveSections, type Profile, profilesOf } from './uki/profile.ts'
export { meaningOf, UKI_SECTIONS, type UkiSection } from './uki/sections.ts'
export { requireStubVersion, type StubVersion, stubVersion } from './uki/stub.ts'
