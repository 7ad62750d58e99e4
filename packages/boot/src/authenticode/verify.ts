export {
  parseSignatureLists,
  printSignatureLists,
  SIGNATURE_TYPE,
  type SignatureEntry,
  type SignatureList,
} from '../efivars/signature-list.ts'
export { hashedRanges, type Range } from '../pe/layout.ts'
export {
  type Admission,
  admit,
  admitSignature,
  type Forbidden,
  forbiddenBy,
  NO_TRUST,
  type Trust,
  trustOf,
} from './admit.ts'
export { authenticodeHash, hashToSign, signingPadding } from './hash.ts'
export { type ImageReport, inspectImage, type SignatureReport } from './report.ts'
export { readVendorLists, type VendorLists } from './vendor.ts'
