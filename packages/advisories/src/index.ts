export { type Cpe, parseCpe, printCpe } from './cpe.ts'
export type { CpeConfiguration, CpeMatch, CpeNode } from './cpe-applicability.ts'
export { type CsafDraft, type CsafProduct, type CsafVulnerability, printCsafVex } from './csaf.ts'
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
export { planReleases, type ReleaseStep } from './cve-releases.ts'
export { type CvssRating, type CvssScore, type CvssVersion, cvssRating, scoreCvss } from './cvss.ts'
export { type Ecosystem, ecosystemOfCollection } from './ecosystem.ts'
export { type EpssHeader, type EpssScore, epssScores } from './epss.ts'
export { type FeedFileLook, type FeedKind, lookAtFeedFile } from './feed-file.ts'
export {
  type BadFeedRecord,
  type FeedRecord,
  type FeedRecords,
  openFeedRecords,
  type RecordKind,
} from './feed-records.ts'
export { type KevCatalogue, type KevEntry, parseKev } from './kev.ts'
export { type NvdPage, type NvdRecord, parseNvdPage } from './nvd.ts'
export {
  type OpenVexDraft,
  type OpenVexJustification,
  type OpenVexProduct,
  type OpenVexStatement,
  type OpenVexStatus,
  parseOpenVex,
  printOpenVex,
} from './openvex.ts'
export { type OsvRecord, parseOsvRecord } from './osv.ts'
export type { Dirt } from './shape.ts'
export {
  compareParsed,
  compareVersions,
  isPreRelease,
  parseVersion,
  type Version,
  type VersionKind,
} from './version-order.ts'
export { parseVulnixWhitelist, type VulnixRule, vulnixName } from './vulnix-whitelist.ts'
export { parseVulnxscanWhitelist, type VulnxscanRule } from './vulnxscan-whitelist.ts'
