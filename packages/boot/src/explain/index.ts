export { type BootStep, lastOf, type Machine } from './chain.ts'
export {
  architectureOf,
  type BootExplanation,
  type EntryExplanation,
  explainBoot,
} from './explain.ts'
export { type DecidingKey, type Decision, type SecureBoot, secureBootOf } from './firmware.ts'
export { type Architecture, type Program, type ProgramKind, readProgram, sectionBytes } from './program.ts'
export { shimVersion } from './shim-version.ts'
export { diskVolumes, fatVolume, folderVolume, type Volume } from './volume.ts'
