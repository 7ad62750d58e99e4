export { type ApplianceDisk, buildDisk, DATA_NAME, type DiskWords, hashAreaSize } from './disk/build.ts'
export { type ApplianceSystem, buildSystem, type SystemWords } from './disk/system.ts'
export { initScript } from './init/script.ts'
export {
  type Medium,
  MISMATCHES,
  type Mismatch,
  type StoreCheck,
  type StorePlace,
  type StoreWords,
  storeCommandLine,
} from './init/words.ts'
export { buildInitrd, ESSENTIAL_MODULES, type InitrdWords, MEDIA_MODULES } from './initrd/build.ts'
export type { Link, Trust } from './inspect/chain.ts'
export { type Inspection, inspectAppliance } from './inspect/inspect.ts'
export { type Claim, type Cover, coverAt } from './inspect/map.ts'
export { type ApplianceIso, buildApplianceIso, type IsoWords, type Part, type StartWords } from './iso/build.ts'
export { signRootHash } from './iso/root-hash-signature.ts'
export { parseKernelConfig } from './review/kernel-config.ts'
export { QUESTION_IDS, type Review, reviewShim } from './review/review.ts'
export {
  compareRebuild,
  type ReviewSubject,
  readPatch,
  readReviewed,
  readShim,
  readSourceArchive,
} from './review/subject.ts'
export {
  afterBoot,
  type Bootable,
  type Decision,
  decideUpdate,
  nextBoot,
  type SlotName,
  TRIES,
} from './slots/decide.ts'
export {
  type DataWords,
  type EntryName,
  type EntryWords,
  entryFile,
  entryOsRelease,
  MOST_COUNTER,
  parseEntryFile,
  partitionIds,
  readEntry,
} from './slots/entry.ts'
export { markGood } from './slots/good.ts'
export { EMPTY, emptyIds, readSlots, type Slot, type SlotEntry, type Slots, slotChanges } from './slots/slots.ts'
export { imageEsp, readSystem, type SlotContent, writeBundle } from './update/bundle.ts'
export { checkData } from './update/data.ts'
export { type Disk, openDisk } from './update/disk.ts'
export { type Area, fill } from './update/fill.ts'
export {
  MANIFEST_FILE,
  type Manifest,
  MOST_MANIFEST,
  openManifest,
  type Payload,
  PIECE,
  parseManifest,
  payloadOf,
  signManifest,
} from './update/manifest.ts'
export { folderPayloads, httpPayloads, manifestText, type Payloads, patient } from './update/payloads.ts'
export { checkKernel, type Target, type Updated, type UpdateOptions, update } from './update/update.ts'
