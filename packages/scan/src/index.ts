export { collectSnapshot, rootsFor } from './collect/collect.ts'
export { type ClosureComponent, type Composition, composeSnapshot, nameAndVersion } from './collect/components.ts'
export { OTHER_KINDS, type OtherKind } from './collect/kinds.ts'
export { openSource } from './collect/open.ts'
export { nameOfPath } from './collect/paths.ts'
export { parseSnapshot, printSnapshot, type Snapshot } from './collect/snapshot.ts'
export { sourcesAndPatches } from './collect/stdenv.ts'
export { referenceChains } from './collect/why.ts'
export { applyRuling, type Ruled } from './decisions/apply.ts'
export type { VexAuthor, VexFormat } from './decisions/publish.ts'
export { type RulingsFile, readRulings } from './decisions/read.ts'
export { type Ruling, type RulingStatus, Rulings } from './decisions/ruling.ts'
export { isVersionScope, parseSharedDecisions, type SharedDecision, sharedRuling } from './decisions/shared.ts'
export { writeVex } from './decisions/write.ts'
export {
  type AdvisorySummary,
  advisorySummary,
  compareFindings,
  type VulnerabilityFinding,
  vulnerabilityFinding,
} from './finding.ts'
export { candidateNames, type Identity, identify } from './identify/identity.ts'
export { advisoryNames } from './identify/names.ts'
export { type MatchData, type MatchResponse, parseMatchResponse } from './index/answer.ts'
export { IndexBuilder } from './index/build.ts'
export { type BadRecord, type FeedResult, readFeed } from './index/feeds.ts'
export type { IndexHeader, IndexSource } from './index/format.ts'
export { AdvisoryIndex, openIndex } from './index/open.ts'
export { type MatchRequest, matchRemotely } from './index/remote.ts'
export { resolveRemotely } from './index/resolve.ts'
export { forgetSignature, type IndexKey, installIndex, isIndexFile, signatureOf, signIndex } from './index/signed.ts'
export { decide } from './match/decide.ts'
export { advisoryFromCve } from './match/fromCve.ts'
export { advisoryFromNvd } from './match/fromNvd.ts'
export { advisoryFromOsv } from './match/fromOsv.ts'
export { inMemory } from './match/inMemory.ts'
export { type AdvisorySource, compareIds, type Match, Matcher } from './match/matcher.ts'
export { matcherVersion } from './match/matcherVersion.ts'
export { mergeAdvisories } from './match/merge.ts'
export type {
  Advisory,
  Component,
  Decision,
  ReasonCode,
  Statement,
  StatementSource,
  Status,
  Verdict,
  VersionRow,
} from './match/model.ts'
export { readCycloneDx } from './sbom/read.ts'
export { type BillFormat, writeBill } from './sbom/write.ts'
