import { epssScores } from '../../src/index.ts'
import { fixture } from '../fixtures.ts'

export const corpus = [fixture('epss.csv')]

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096)
}

export async function target(bytes: Uint8Array): Promise<void> {
  for await (const { scores } of epssScores(inPieces(bytes))) {
    for (const { score, percentile } of scores) if (!(score <= 1 && percentile <= 1)) throw new Error('no share of one')
  }
}
