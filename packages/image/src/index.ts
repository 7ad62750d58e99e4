export { composefsImage, INLINE_LIMIT, objectPath } from './composefs.ts'
export { type CpioEntry, readCpio, writeCpio } from './cpio.ts'
export { buildErofs, type ErofsWords } from './erofs.ts'
export type { Dirent } from './erofs-directory.ts'
export type { ErofsInode, ErofsSuperblock } from './erofs-format.ts'
export { type Erofs, erofsTree, openErofs } from './erofs-read.ts'
export { type Fat, openFat } from './fat.ts'
export type { FatEntry } from './fat-directory.ts'
export { buildFat, type FatFile, type FatWords } from './fat-write.ts'
export { type FsVerity, FsVerityHasher, fsVerityDigest } from './fs-verity.ts'
export { type Gpt, type GptPartition, PARTITION_TYPE, readGpt } from './gpt.ts'
export { type DiskWrite, editGpt, type GptChange } from './gpt-edit.ts'
export { buildGpt, type GptWords, type PartitionWords } from './gpt-write.ts'
export { type BootEntry, type Iso, type IsoEntry, readIso } from './iso.ts'
export { buildIso, type IsoFile, type IsoWords } from './iso-write.ts'
export { type Extent, type Layout, layoutOf, layoutSource, placed, type WriteOptions, writeLayout } from './layout.ts'
export { type MbrPartition, readMbr } from './mbr.ts'
export { stretches } from './slice.ts'
export {
  type DirectoryNode,
  directoryTree,
  type FileNode,
  type FileTree,
  type LinkNode,
  readFileTree,
  type TreeNode,
  type Xattrs,
} from './tree.ts'
export {
  type BadBlock,
  formatVerity,
  uuidOfRoot,
  type Verity,
  type VerityCheck,
  type VerityWords,
  verifyVerity,
} from './verity.ts'
export type { DigestOptions } from './verity-digests.ts'
export { parseVeritySuperblock, type VerityShape, type VeritySuperblock, verityHeader } from './verity-superblock.ts'
