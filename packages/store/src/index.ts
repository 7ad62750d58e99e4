export { type Check, type CheckRequest, checkStore, type Verdict } from './check/check.ts'
export { type CheckLevel, parseLevel } from './check/levels.ts'
export { type Memory, readMemory, writeMemory } from './check/memory.ts'
export { type BootCheck, bootScript } from './enforce/boot-script.ts'
export { digestOfCommandLine, type MountRequest, mountSealed } from './enforce/mount.ts'
export {
  enforceFolder,
  type Prepared,
  type PrepareRequest,
  prepareEnforcement,
} from './enforce/prepare.ts'
export { imageDigest, sealedImage } from './enforce/sealed-image.ts'
export { diffSeals, type SealDiff, tellDiff } from './seal/diff.ts'
export {
  judgeFreshness,
  type LastSeen,
  parseRevocation,
  readLastSeen,
  remember,
  writeLastSeen,
} from './seal/freshness.ts'
export { type Proven, prove, sealedDigestOf, verifyProof } from './seal/proof.ts'
export { type Sealing, type SealRequest, sealStore } from './seal/seal.ts'
export { openSeal, openSealLoosely, readSeal, type Seal, verifyLines, writeSeal } from './seal/seal-file.ts'
export { parseLine, type SealedPath } from './seal/seal-line.ts'
export type { Revocation, SealStatement } from './seal/statement.ts'
export type { PathFacts, SealedDirectory, SealedFile, SealedLink, SealedNode } from './seal/tree.ts'
export { STORE_RULES, type StoreFinding, type StoreRule } from './verify/finding.ts'
export { type RemoteRequest, verifyRemote } from './verify/remote.ts'
export { planRepair, type RepairPlan } from './verify/repair.ts'
export { shellWord } from './verify/shell-word.ts'
export { type Scope, type Verification, type VerifyRequest, verifyStore } from './verify/verify.ts'
