import { parseOsvRecord } from '../../src/index.ts'
import { fixtures } from '../fixtures.ts'

export const corpus = fixtures('osv')

export function target(bytes: Uint8Array): void {
  JSON.stringify(parseOsvRecord(bytes).record.affected)
}
