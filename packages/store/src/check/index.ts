/** A smaller face: check a store by its seal. */
export { type LastSeen, readLastSeen, remember, writeLastSeen } from '../seal/freshness.ts'
export { readSeal, type Seal, verifyLines } from '../seal/seal-file.ts'
export { checkStore } from './check.ts'
export { parseLevel } from './levels.ts'
export { readMemory, writeMemory } from './memory.ts'
