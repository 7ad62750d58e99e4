import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fuzz, fuzzTargets } from './fuzz/run.ts'

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 3)
const seed = Number(process.env.FUZZ_SEED ?? Date.now() & 0x7fffffff)

for (const [name, file] of fuzzTargets()) {
  test(`fuzz ${name} (seed ${seed})`, async (t: TestContext) => {
    const { runs, failure } = await fuzz(name, file, seed, SECONDS)
    if (failure !== undefined) assert.fail(failure)
    t.diagnostic(`${runs} inputs`)
  })
}

test('a target that crashes, hoards or is slow is caught', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-fuzz-'))
  try {
    for (const [name, body, expected] of [
      ['crash', 'if (bytes.length > 2) throw new RangeError("out")', /RangeError: out/],
      [
        'hoard',
        'const all = []; for (let i = 0; i < 4e6; i++) all.push({ i, bytes }); if (all.length < 5) throw 1',
        /memory|heap/i,
      ],
      ['slow', 'const end = Date.now() + 1200; while (Date.now() < end);', /took \d+ ms/],
    ] as const) {
      const file = join(folder, `${name}.ts`)
      writeFileSync(
        file,
        `export const corpus = [new Uint8Array(8)]\nexport function target(bytes: Uint8Array): void { ${body} }\n`,
      )
      const { failure } = await fuzz(name, file, 1, 2)
      assert.match(failure ?? 'nothing', expected)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
