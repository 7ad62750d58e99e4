export {
  architectureOf,
  type BootExplanation,
  type BootStep,
  type EntryExplanation,
  explainBoot,
  lastOf,
  type Machine,
} from './explain.ts'
export type { DecidingKey, Decision, SecureBoot } from './firmware.ts'
export type { Architecture, ProgramKind } from './program.ts'
export { diskVolumes, fatVolume, folderVolume, type Volume } from './volume.ts'
