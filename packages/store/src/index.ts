export { STORE_RULES, type StoreFinding, type StoreRule } from './verify/finding.ts'
export { planRepair, type RepairPlan } from './verify/repair.ts'
export { shellWord } from './verify/shell-word.ts'
export { type Scope, type Verification, type VerifyRequest, verifyStore } from './verify/verify.ts'
