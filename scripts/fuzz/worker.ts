import { parentPort, workerData } from 'node:worker_threads'
import { UserError } from '../../packages/core/src/index.ts'
import { mutate, Random } from './mutate.ts'

/**
 * Runs one target in a thread of its own, with a heap that ends where the bound on memory does, so that a hang or a
 * leak ends the thread and not the run. Tells the input before each call: the last one told is the one that hung.
 */
interface Job {
  readonly file: string
  readonly seed: number
  readonly seconds: number
  readonly vectors: readonly Uint8Array[]
  /** The input under way: length, then bytes. */
  readonly current: SharedArrayBuffer
}

const SLOW_MS = 1000
const { file, seed, seconds, vectors, current } = workerData as Job
const { corpus, target } = (await import(file)) as {
  corpus: readonly Uint8Array[]
  target: (bytes: Uint8Array) => void | Promise<void>
}
const length = new Int32Array(current, 0, 1)
const shown = new Uint8Array(current, 4)

async function attempt(bytes: Uint8Array): Promise<string | undefined> {
  shown.set(bytes.subarray(0, shown.length))
  length[0] = bytes.length
  const started = performance.now()
  try {
    const answer = target(bytes)
    if (answer !== undefined) await answer
  } catch (error) {
    if (!(error instanceof UserError)) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const took = performance.now() - started
  return took > SLOW_MS ? `took ${Math.round(took)} ms for ${bytes.length} bytes` : undefined
}

const random = new Random(seed)
const seeds = [...corpus, ...vectors, new Uint8Array()]
let runs = 0
let failure: string | undefined
for (const bytes of seeds) {
  runs++
  failure ??= await attempt(bytes)
}
for (const end = performance.now() + seconds * 1000; failure === undefined && performance.now() < end; runs++) {
  failure = await attempt(mutate(random.pick(seeds), random, seeds))
}
parentPort!.postMessage({ runs, failure })
