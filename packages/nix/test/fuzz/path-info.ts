import { readdirSync, readFileSync } from 'node:fs'
import { parsePathInfo } from '../../src/index.ts'

const fixtures = new URL('../../../../fixtures/nix/path-info/', import.meta.url)

export const corpus: Uint8Array[] = readdirSync(fixtures).map((name) => readFileSync(new URL(name, fixtures)))

export function target(bytes: Uint8Array): void {
  parsePathInfo(Buffer.from(bytes).toString(), '/nix/store')
}
