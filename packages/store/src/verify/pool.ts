import { availableParallelism } from 'node:os'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { bytesRead, type Controlled, newControl, type Steps, stop } from './control.ts'

/** Less than this is done before a worker has started. */
const ALONE_BELOW = 50e6
const MAX_THREADS = 16
const PROGRESS_MS = 200
/** What a worker makes per file is gone with the next: a small nursery is enough, and the default of 48 MB is a worker's all. */
const YOUNG_MB = 12
/** How long signals and what workers tell wait at most, but for one step. */
const PAUSE_MS = 50

export interface Running {
  readonly signal: AbortSignal
  /** How many threads work, this one among them; undefined: one a processor, this one alone for little work. */
  readonly workers?: number | undefined
  /** Bytes a second, all together. */
  readonly maxRate?: number | undefined
  readonly onProgress?: ((bytes: number) => void) | undefined
}

/** Work that several threads can share. */
export interface Work<J extends Controlled, R> {
  readonly job: Omit<J, 'control' | 'rate'>
  readonly tasks: number
  /** About how many bytes have to be read. */
  readonly bytes: number
  /** The module of a worker, and the same for this thread. */
  readonly worker: URL
  readonly start: (job: J) => Steps<R>
}

/**
 * Do all tasks of a job, in this thread and in workers, and tell of each as it is done. Gives whether all were: an
 * abort ends the work within a moment, and what was told until then holds.
 */
export async function runWork<J extends Controlled, R>(
  { job, tasks, bytes, worker, start }: Work<J, R>,
  running: Running,
  tell: (reply: R) => void,
): Promise<boolean> {
  const wanted = running.workers ?? (bytes < ALONE_BELOW ? 1 : availableParallelism())
  const threads = Math.max(1, Math.min(wanted, MAX_THREADS, tasks))
  const rate = running.maxRate === undefined ? {} : { rate: running.maxRate / threads }
  const whole = { ...job, ...rate, control: newControl() } as J
  const end = () => stop(whole.control)
  running.signal.addEventListener('abort', end)
  if (running.signal.aborted) end()
  let done = 0
  const told = (reply: R) => {
    done++
    tell(reply)
  }
  const timer = setInterval(() => running.onProgress?.(bytesRead(whole.control)), PROGRESS_MS)
  try {
    // To keep to a rate is to sleep, and this thread must not.
    const joins = running.maxRate === undefined
    const workers = Array.from({ length: threads - (joins ? 1 : 0) }, () => inWorker(worker, whole, told))
    // A fault of a worker ends this thread's work as well, and is what is thrown.
    for (const each of workers) each.catch(end)
    await Promise.all([...(joins ? [here(start(whole), told)] : []), ...workers])
    running.onProgress?.(bytesRead(whole.control))
    return done === tasks
  } finally {
    clearInterval(timer)
    running.signal.removeEventListener('abort', end)
    end()
  }
}

async function here<R>(steps: Steps<R>, tell: (reply: R) => void): Promise<void> {
  let last = performance.now()
  for (const reply of steps) {
    if (reply !== undefined) tell(reply)
    if (performance.now() - last < PAUSE_MS) continue
    // Let signals, timers and what workers tell through.
    await new Promise((resolve) => setImmediate(resolve))
    last = performance.now()
  }
}

function inWorker<R>(module: URL, job: Controlled, tell: (reply: R) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, {
      workerData: job,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      env: SHARE_ENV,
      // Each file is closed by who opened it; to keep a list of them would cost at each.
      trackUnmanagedFds: false,
    })
    worker.on('message', tell)
    worker.on('error', reject)
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))))
  })
}
