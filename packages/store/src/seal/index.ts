/** A smaller face: seal a store. */
export { writeMemory } from '../check/memory.ts'
export { parseRevocation, readLastSeen, remember, writeLastSeen } from './freshness.ts'
export { type Sealing, type SealRequest, sealStore } from './seal.ts'
export { openSealLoosely, writeSeal } from './seal-file.ts'
export type { SealStatement } from './statement.ts'
