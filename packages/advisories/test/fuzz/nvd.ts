import { parseNvdPage } from '../../src/index.ts'
import { nvdEntries } from '../../src/nvd-stream.ts'
import { fixture } from '../fixtures.ts'

export const corpus = [fixture('nvd-page.json'), Buffer.from('{"version":"2.0","vulnerabilities":[]}')]

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096)
}

export async function target(bytes: Uint8Array): Promise<void> {
  for await (const page of nvdEntries(inPieces(bytes))) if (page.length > bytes.length + 32) throw new Error('it grew')
  parseNvdPage(bytes)
}
