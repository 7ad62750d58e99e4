export { decodeBase32, encodeBase32 } from './base32.ts'
export { parseCacheInfo } from './cache-info.ts'
export { compareVersions } from './compare-versions.ts'
export {
  type ContentAddress,
  type ContentAddressMethod,
  formatContentAddress,
  parseContentAddress,
} from './content-address.ts'
export { connectDaemon, connectDaemonProgram, type DaemonClient, daemonSocket } from './daemon.ts'
export { openStoreDatabase, type StoreDatabase } from './database.ts'
export {
  type Derivation,
  type DerivationOutput,
  type DynamicInput,
  parseDerivation,
  printDerivation,
} from './derivation.ts'
export { parseDerivationShow } from './derivation-show.ts'
export { parseDrvName } from './drv-name.ts'
export { formatHash, type Hash, type HashAlgorithm, type HashFormat, parseHash } from './hash.ts'
export { compressHash, makeContentAddressedPath, type StoreReferences } from './make-path.ts'
export { NarReader, type NarVisitor } from './nar.ts'
export { walkTree } from './nar-dump.ts'
export { NarFileReader } from './nar-file.ts'
export { NarWriter } from './nar-writer.ts'
export { type NarInfo, parseNarInfo, printNarInfo } from './narinfo.ts'
export type { PackageEntry } from './package-entry.ts'
export { type BadPackage, readPackageSet } from './package-set.ts'
export { type PathInfo, parsePathInfo } from './path-info.ts'
export { fingerprint, parseTrustedKey, type TrustedKey, verifySignature } from './signature.ts'
export {
  isStorePath,
  isStorePathName,
  parseStorePath,
  printStorePath,
  type StorePath,
  storePathOfBaseName,
} from './store-path.ts'
export { isBehindSocket, storePlace } from './store-place.ts'
export {
  gcRoots,
  parseProfileManifest,
  profileRoots,
  realPath,
  resolveStorePath,
  type StorePlace,
  systemRoot,
} from './store-roots.ts'
export { compareText, decodeText, encodeText } from './text.ts'
export * from './tree.ts'
