/** A smaller face: what the database and the records of a store say. */
export { type ContentAddress, parseContentAddress } from './content-address.ts'
export { openStoreDatabase } from './database.ts'
export { formatHash, parseHash } from './hash.ts'
export { makeContentAddressedPath } from './make-path.ts'
export type { PathInfo } from './path-info.ts'
export { fingerprint, parseTrustedKey, type TrustedKey, verifySignature } from './signature.ts'
export { parseStorePath } from './store-path.ts'
