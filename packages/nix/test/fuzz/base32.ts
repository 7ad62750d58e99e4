import { decodeBase32, encodeBase32 } from '../../src/index.ts'

export const corpus: Uint8Array[] = ['', 'dxn6qrb8', '1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3'].map(
  (text) => Buffer.from(text),
)

/** Each value has one text. */
export function target(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString()
  if (encodeBase32(decodeBase32(text)) !== text) throw new Error('two texts stand for the same bytes')
}
