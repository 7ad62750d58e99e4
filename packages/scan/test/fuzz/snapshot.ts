import { parseSnapshot, printSnapshot } from '../../src/collect/snapshot.ts'
import { aDerivation, aSnapshot } from '../snapshots.ts'

const whole = aSnapshot({ derivations: [aDerivation('d', 'openssl-3.0.14', { patches: ['CVE-2024-6119.patch'] })] })

export const corpus: Uint8Array[] = [Buffer.from(printSnapshot(aSnapshot())), Buffer.from(printSnapshot(whole))]

export function target(bytes: Uint8Array): void {
  parseSnapshot(Buffer.from(bytes).toString('utf8'))
}
