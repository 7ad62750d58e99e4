/** A smaller face, for workers that read trees of files: no database, no daemon. */
export { encodeBase32 } from './base32.ts'
export { type BytePath, bytePath, bytes, bytesInside, textOfBytePath } from './byte-path.ts'
export { treeAccess } from './descriptor-access.ts'
export { HashModulo } from './hash-modulo.ts'
export { TreeReader, type TreeWatcher } from './nar-tree.ts'
export { isStorePath } from './store-path.ts'
export {
  type DirectoryCalls,
  type DirectoryEntry,
  directoryCalls,
  type EntryKind,
  type FileStat,
  NO_DIRECTORY,
  type SystemCalls,
  systemCalls,
} from './syscalls.ts'
export { type Folder, kindOf, type TreeAccess } from './tree-access.ts'
export { TreeError } from './tree-error.ts'
