import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'

const root = new URL('../..', import.meta.url).pathname
/** A parser may use four times its input (inputs are at most 256 kB) and 32 MB; Node itself and the code need 64. */
const HEAP_MB = 64 + 32 + 1
const MAX_SHOWN = 1 << 20

export interface Outcome {
  readonly runs: number
  /** What went wrong, and where the input was kept. */
  readonly failure?: string
}

/** Every fuzz target of the house: name to file. A target exports `corpus` and `target`. */
export function fuzzTargets(): Map<string, string> {
  const files = globSync('packages/*/test/fuzz/*.ts', { cwd: root }).sort()
  return new Map(files.map((file) => [basename(file, '.ts'), join(root, file)]))
}

/** Run one target for some seconds. An input that breaks it is kept beside it as a vector and run first ever after. */
export async function fuzz(name: string, file: string, seed: number, seconds: number): Promise<Outcome> {
  const folder = join(dirname(file), 'crashes', name)
  const vectors = existsSync(folder) ? readdirSync(folder).map((vector) => readFileSync(join(folder, vector))) : []
  const current = new SharedArrayBuffer(4 + MAX_SHOWN)
  const outcome = await runInThread({ file, seed, seconds, vectors, current })
  if (outcome.failure === undefined) return outcome
  const length = Math.min(new Int32Array(current, 0, 1)[0]!, MAX_SHOWN)
  const input = Buffer.from(new Uint8Array(current, 4, length))
  const kept = join(folder, `${createHash('sha256').update(input).digest('hex').slice(0, 16)}.bin`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(kept, input)
  return { ...outcome, failure: `${outcome.failure}\ninput kept in ${kept}` }
}

function runInThread(job: { seconds: number } & Record<string, unknown>): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 16 },
  })
  const hang = setTimeout(
    () => {
      resolve({ runs: 0, failure: 'did not come back' })
      void worker.terminate()
    },
    job.seconds * 1000 + 60_000,
  )
  worker.on('message', (outcome: Outcome) => resolve(outcome))
  worker.on('error', (error) => resolve({ runs: 0, failure: `${error}` }))
  return promise.finally(() => {
    clearTimeout(hang)
    return worker.terminate()
  })
}
