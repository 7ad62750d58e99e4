export { type AuthenticatedUpdate, parseAuth, printAuth, signUpdate, type Target, verifyUpdate } from './auth.ts'
export { describeEntry, describeLists, diffVariables, type VariableChange } from './diff.ts'
export { readEfiTime, writeEfiTime } from './efi-time.ts'
export {
  certificateLists,
  type Enrollment,
  enroll,
  hashLists,
  type KeyVariable,
  listsIn,
  mergeLists,
  put,
} from './enroll.ts'
export {
  parseSignatureLists,
  printSignatureLists,
  SIGNATURE_TYPE,
  type SignatureEntry,
  type SignatureList,
} from './signature-list.ts'
export {
  ATTRIBUTE,
  BOOT_ONLY_ATTRIBUTES,
  type EfiVariable,
  holdsLists,
  LIST_VARIABLES,
  SECURE_ATTRIBUTES,
  VENDOR,
  variable,
  vendorOf,
} from './variable.ts'
export { parseVariableStore, printVariableStore, type VariableStore } from './variable-store.ts'
