import { spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileSource } from '../packages/core/src/file-source.ts'
import { formatVerity, writeLayout } from '../packages/image/src/index.ts'
import { findProgram } from '../scripts/needs.ts'

/**
 * `./firn node bench/verity.ts [FOLDER]`: the hash tree of a device of 1 GiB by firn and by veritysetup, which take turns
 * on the same file, so that both see the same machine and the same page cache. Both write their hash device. FOLDER is
 * where the files lie (default: the system's folder for temporary files).
 */
const SIZE = 2 ** 30
const ROUNDS = 5
const SALT = 'ab'.repeat(32)
const UUID = '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60'
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'firn-bench-'))
const [data, ours, theirs] = [join(folder, 'data'), join(folder, 'ours'), join(folder, 'theirs')]
const veritysetup = findProgram('veritysetup')
if (veritysetup === undefined) throw new Error('veritysetup is missing: npm run setup:tests')

async function firn(workers?: number): Promise<void> {
  const source = fileSource(data)
  const words = { data: source, salt: Buffer.from(SALT, 'hex'), uuid: UUID }
  await writeLayout(ours, (await formatVerity(words, { workers })).hashArea)
  source.close()
}

function other(): void {
  const { status } = spawnSync(veritysetup!, ['format', `--salt=${SALT}`, `--uuid=${UUID}`, data, theirs])
  if (status !== 0) throw new Error(`veritysetup: ${status}`)
}

async function timed(act: () => Promise<void> | void): Promise<number> {
  const started = performance.now()
  await act()
  return performance.now() - started
}

try {
  const file = openSync(data, 'w')
  const piece = Buffer.alloc(1 << 24)
  for (let at = 0; at < SIZE; at += piece.length) writeSync(file, randomFillSync(piece))
  closeSync(file)
  const times = { firn: [] as number[], alone: [] as number[], veritysetup: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    times.veritysetup.push(await timed(other))
    times.firn.push(await timed(() => firn()))
    times.alone.push(await timed(() => firn(0)))
  }
  if (!readFileSync(ours).equals(readFileSync(theirs))) throw new Error('the trees differ')
  const middle = (list: number[]) => list.sort((a, b) => a - b)[ROUNDS >> 1]!
  const [best, single, reference] = [middle(times.firn), middle(times.alone), middle(times.veritysetup)]
  console.log(
    `machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}; middle of ${ROUNDS} runs, 1 GiB`,
  )
  console.log(`firn ${best.toFixed()} ms, in one thread ${single.toFixed()} ms, veritysetup ${reference.toFixed()} ms`)
  console.log(`veritysetup / firn: ${(reference / best).toFixed(2)}; in one thread ${(reference / single).toFixed(2)}`)
} finally {
  rmSync(folder, { recursive: true })
}
