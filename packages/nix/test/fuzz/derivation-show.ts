import { readFileSync } from 'node:fs'
import { parseDerivationShow } from '../../src/index.ts'

const fixtures = new URL('../../../../fixtures/nix/derivations/', import.meta.url)

export const corpus: Uint8Array[] = ['show-2.8.json', 'show-2.23.json', 'show-2.33.json'].map((name) =>
  readFileSync(new URL(name, fixtures)),
)

export function target(bytes: Uint8Array): void {
  parseDerivationShow(Buffer.from(bytes).toString(), '/nix/store')
}
