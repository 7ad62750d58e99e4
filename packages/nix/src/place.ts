/** A smaller face: where a store is on this disk. */
export { storePlace } from './store-place.ts'
export { realPath, resolveStorePath, type StorePlace, systemRoot } from './store-roots.ts'
