/** A smaller face, for workers that read trees of files: no database, no daemon. */
export { encodeBase32 } from './base32.ts'
export { HashModulo } from './hash-modulo.ts'
export {
  type BytePath,
  bytePath,
  bytes,
  bytesInside,
  TreeError,
  TreeReader,
  type TreeWatcher,
  textOfBytePath,
} from './nar-tree.ts'
export { isStorePath } from './store-path.ts'
export { type SystemCalls, systemCalls } from './syscalls.ts'
