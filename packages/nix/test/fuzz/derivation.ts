import { readFileSync } from 'node:fs'
import { encodeText, parseDerivation, printDerivation } from '../../src/index.ts'

const fixtures = new URL('../../../../fixtures/nix/derivations/', import.meta.url)

export const corpus: Uint8Array[] = [
  'dynamic.drv',
  'anjn0f11lcy4qrgjbvhqpyvbgi9wwvhw-structured-2.0.drv',
  'x76wwfm1jhik6qzlahgp87y38l62aiha-source.drv',
].map((name) => readFileSync(new URL(name, fixtures)))

/** Printing settles the order; after that nothing may change. */
export function target(bytes: Uint8Array): void {
  const printed = printDerivation(parseDerivation(bytes))
  if (printDerivation(parseDerivation(encodeText(printed))) !== printed) throw new Error('printed again, it differs')
}
