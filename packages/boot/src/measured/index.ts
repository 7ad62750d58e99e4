export { type ExpectedBoot, expectBoot } from './boot.ts'
export {
  describeEvent,
  EVENT,
  type EventLog,
  isHonest,
  type LogEvent,
  optionRoms,
  parseEventLog,
  replay,
  variableOf,
} from './event-log.ts'
export {
  type DifferenceLine,
  type ExpectedEvent,
  expectedValue,
  expectPcr4,
  expectPcr7,
  explainDifference,
  unexplained,
} from './expected.ts'
export {
  type Bank,
  defaultPhases,
  extend,
  type Pcr11,
  PHASES,
  type PhaseValue,
  predictPcr11,
} from './pcr11.ts'
export { type BankValues, hasPolicyFor, parsePolicyKey, policyDigest, signPcrPolicies } from './pcrsig.ts'
