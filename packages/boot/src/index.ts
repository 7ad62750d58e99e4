export * from './authenticode/index.ts'
export * from './efivars/index.ts'
export * from './esp/index.ts'
export * from './explain/index.ts'
export {
  type Bank,
  defaultPhases,
  extend,
  type Pcr11,
  PHASES,
  type PhaseValue,
  predictPcr11,
} from './measured/pcr11.ts'
export { mergeSbat, parseSbat, parseSbatLevel, revokedBy, type SbatEntry, type SbatLevel } from './sbat.ts'
export { buildUki, joinInitrds, type UkiParts, type UkiProfile } from './uki/build.ts'
export { diffUki } from './uki/diff.ts'
export { contentOf, inspectUki, parseOsRelease, type SectionReport, type UkiReport } from './uki/inspect.ts'
export { type KernelFacts, readKernel } from './uki/kernel.ts'
export { effectiveSections, type Profile, profilesOf } from './uki/profile.ts'
export { meaningOf, UKI_SECTIONS, type UkiSection } from './uki/sections.ts'
export { requireStubVersion } from './uki/stub.ts'
