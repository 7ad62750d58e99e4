import { mergeSbat, parseSbat, parseSbatLevel, revokedBy } from '../../src/index.ts'

export const corpus = [
  Buffer.from('sbat,1,SBAT Version,sbat,1,https://x\ngrub,5,a,b,c,d\nshim,4,a,b,c,d\n\0\0'),
  Buffer.from('sbat,1,2025021800\nshim,4\ngrub,5\n'),
]

export function target(bytes: Uint8Array): void {
  revokedBy([], parseSbatLevel(bytes))
  mergeSbat([bytes, corpus[0]!])
  parseSbat(bytes)
}
