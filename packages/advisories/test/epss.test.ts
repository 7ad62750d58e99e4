import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { decompress } from '@firn/binary'
import fc from 'fast-check'
import { epssScores } from '../src/index.ts'
import { fixture } from './fixtures.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const file = fixture('epss.csv')
const read = (content: string | Uint8Array, size = 7, lot?: number) =>
  Array.fromAsync(epssScores(inPieces(Buffer.from(content), size), lot))

test('a daily file: header, scores, and rows that are no score counted', async () => {
  assert.deepEqual(await read(file), [
    {
      header: { modelVersion: 'v2025.03.14', scoreDate: '2025-08-25T12:55:00Z' },
      scores: [
        { cveId: 'CVE-2021-44228', score: 0.94358, percentile: 0.99956 },
        { cveId: 'CVE-2024-3094', score: 0.85832, percentile: 0.99333 },
        { cveId: 'CVE-1999-0001', score: 0.01141, percentile: 0.77643 },
      ],
      skipped: 2,
    },
  ])
})

test('packed, with carriage returns, chunked anyhow and in lots of any size, the scores are the same', async () => {
  const scores = (await read(file)).flatMap((lot) => lot.scores)
  const packed = gzipSync(file.toString().replaceAll('\n', '\r\n'))
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 5 }), async (size, lot) => {
      const lots = await Array.fromAsync(epssScores(decompress(inPieces(packed, size)), lot))
      assert.deepEqual(
        lots.flatMap((each) => each.scores),
        scores,
      )
      assert.equal(
        lots.reduce((sum, each) => sum + each.skipped, 0),
        2,
      )
      assert.ok(lots.every((each) => each.scores.length <= lot))
    }),
  )
})

test('what is no EPSS file is refused, and no line grows without end', async () => {
  await assert.rejects(read(''), /empty EPSS file/)
  await assert.rejects(read('cve,epss\nCVE-2024-0001,1'), /not an EPSS file/)
  await assert.rejects(read('<html>\n'), /not an EPSS file/)
  await assert.rejects(read('x'.repeat(10_000)), /a line of over 4096 characters/)
})

test('no row that is not a CVE id and two shares of one becomes a score', async () => {
  const head = '#model_version:v1,score_date:2025-01-01T00:00:00Z\n'
  for (const row of [
    'CVE-2024-0001,1,',
    'CVE-2024-0001,,1',
    'CVE-2024-0001,-0.1,0',
    'CVE-2024-0001,NaN,0',
    'CVE-1,0,0',
    'CVE-2024-0001,0,0,0',
    'CVE-2024-0001,1e999,0',
  ]) {
    const [lot] = await read(`${head}${row}\n`)
    assert.deepEqual([lot!.scores.length, lot!.skipped], [0, 1], row)
  }
})
