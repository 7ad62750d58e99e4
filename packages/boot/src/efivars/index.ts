export {
  type AuthenticatedUpdate,
  isAuth,
  parseAuth,
  printAuth,
  signUpdate,
  type Target,
  unsignedUpdate,
  verifyUpdate,
} from './auth.ts'
export { planBootMenu } from './boot-menu.ts'
export { describeEntry, describeLists, diffVariables, type VariableChange } from './diff.ts'
export { readEfiTime, writeEfiTime } from './efi-time.ts'
export {
  EFIVARFS,
  type Efivars,
  folderEfivars,
  readEfivars,
  variableFile,
  writeSecureVariable,
  writeVariable,
} from './efivarfs.ts'
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
export { dangersOf, type KeyUpdate, planUpdates, SECURE_ORDER, type SecureName, type UpdatePlan } from './update.ts'
export {
  ATTRIBUTE,
  BOOT_ONLY_ATTRIBUTES,
  type EfiVariable,
  holdsLists,
  LIST_VARIABLES,
  SECURE_ATTRIBUTES,
  VENDOR,
  variable,
  variableData,
  vendorOf,
} from './variable.ts'
export { parseVariableStore, printVariableStore, type VariableStore } from './variable-store.ts'
