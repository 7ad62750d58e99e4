export { type Bootspec, commandLineOf, parseBootspec } from '../bootspec.ts'
export { contentOf, parseOsRelease } from '../uki/inspect.ts'
export { type StubVersion, stubVersion } from '../uki/stub.ts'
export { type MadeFiles, makeFiles, volumeAfterwards } from './afterwards.ts'
export { applyPlan } from './apply.ts'
export {
  type CheckedEntry,
  type CheckedFile,
  checkEsp,
  type EspCheck,
  readableByAll,
  somethingStarts,
} from './check.ts'
export { directoryEsp, isMountPoint } from './directory.ts'
export type { Esp, EspFile, EspSpace } from './esp.ts'
export {
  type Choice,
  chooseGenerations,
  type Generation,
  isOf,
  nameOfVariant,
  type Variant,
  variantsOf,
} from './generation.ts'
export { assemble, type InstallWords, planFor, type Wanted } from './install.ts'
export { type BootCounter, type EntryName, entryFile, parseEntryFile, TEMPORARY } from './layout.ts'
export { lockEsp } from './lock.ts'
export type { Plan, Step } from './plan.ts'
export { type EspEntry, readEntries } from './present.ts'
export { followLinks, type ProfileGenerations, readGeneration, readGenerations } from './profiles.ts'
export { type SecretInitrds, secretInitrds } from './secrets.ts'
export type { Signing, WantedFile } from './wanted.ts'
