/** A smaller face: what a closure is read from, without a daemon. */
export { openStoreDatabase } from './database.ts'
export { type Derivation, parseDerivation } from './derivation.ts'
export { parseDrvName } from './drv-name.ts'
export { isBehindSocket, storePlace } from './store-place.ts'
export { gcRoots, profileRoots, realPath, resolveStorePath, type StorePlace, systemRoot } from './store-roots.ts'
