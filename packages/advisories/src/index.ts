export type { CpeConfiguration, CpeMatch, CpeNode } from './cpe-applicability.ts'
export { type BadFeedFile, type CveArchive, type FeedFile, openCveArchive } from './cve-archive.ts'
export {
  type CveAffected,
  type CveContainer,
  type CveCvss,
  type CveDescription,
  type CveMetric,
  type CveRecord,
  type CveStatus,
  type CveVersion,
  parseCveRecord,
} from './cve-record.ts'
export type { Dirt } from './shape.ts'
export {
  compareParsed,
  compareVersions,
  isPreRelease,
  parseVersion,
  type Version,
  type VersionKind,
} from './version-order.ts'
