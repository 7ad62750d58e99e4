import { parseKev } from '../../src/index.ts'
import { fixture } from '../fixtures.ts'

export const corpus = [fixture('kev.json'), Buffer.from('{"catalogVersion":"1","vulnerabilities":[]}')]

export function target(bytes: Uint8Array): void {
  parseKev(bytes)
}
