import { parseCveRecord } from '../../src/index.ts'
import { fixtures } from '../fixtures.ts'

export const corpus = fixtures('cve')

export function target(bytes: Uint8Array): void {
  JSON.stringify(parseCveRecord(bytes).record.containers.cna.affected)
}
