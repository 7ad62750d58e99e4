import { readFileSync } from 'node:fs'
import { readPackageSet } from '../../src/index.ts'

export const corpus = ['packages.json', 'jobs.jsonl', 'nix-env.json'].map((name) =>
  readFileSync(new URL(`../../../../fixtures/package-sets/${name}`, import.meta.url)),
)

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096)
}

export async function target(bytes: Uint8Array): Promise<void> {
  for await (const entry of readPackageSet(inPieces(bytes))) if (typeof entry.attribute !== 'string') throw entry
}
