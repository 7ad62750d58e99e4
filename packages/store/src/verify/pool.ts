import { availableParallelism } from 'node:os'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { bytesRead, type Controlled, newControl, type Steps, stop } from './control.ts'

/** Less than this is done before a worker has started. */
const ALONE_BELOW = 50e6
const MAX_THREADS = 16
const PROGRESS_MS = 200
/** Threads that wait for a disk leave processors idle: below this share of what they could use, one more is started. */
const BUSY = 0.7
/** No more of them a processor: each takes memory, and a disk answers only so many at once. */
const MOST_A_PROCESSOR = 4
/** Bytes a second from the disk itself: with less than this they wait for something else, such as other programs. */
const FROM_DISK = 10e6
/** What a worker makes per file is gone with the next: a small nursery is enough, and the default of 48 MB is a worker's all. */
const YOUNG_MB = 12
/** How long signals and what workers tell wait at most, but for one step. */
const PAUSE_MS = 50

export interface Running {
  readonly signal: AbortSignal
  /**
   * How many threads work, this one among them; undefined: one a processor, more as long as they wait for the disk, this
   * one alone for little work.
   */
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
  const processors = availableParallelism()
  const wanted = running.workers ?? (bytes < ALONE_BELOW ? 1 : processors)
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
  // To keep to a rate is to sleep, and this thread must not.
  const joins = running.maxRate === undefined
  const workers: Promise<void>[] = []
  const hire = () => {
    const each = inWorker(worker, whole, told)
    // A fault of a worker ends this thread's work as well, and is what is thrown.
    each.catch(end)
    workers.push(each)
  }
  const grows = joins && running.workers === undefined && threads === processors
  const most = Math.min(processors * MOST_A_PROCESSOR, MAX_THREADS)
  const waits = waitsForDisk(processors)
  const timer = setInterval(() => {
    running.onProgress?.(bytesRead(whole.control))
    if (grows && waits() && workers.length + 1 < most) hire()
  }, PROGRESS_MS)
  try {
    while (workers.length < threads - (joins ? 1 : 0)) hire()
    if (joins) await here(start(whole), told)
    // None is hired after this thread has found nothing more to do.
    clearInterval(timer)
    await Promise.all(workers)
    running.onProgress?.(bytesRead(whole.control))
    return done === tasks
  } finally {
    clearInterval(timer)
    running.signal.removeEventListener('abort', end)
    end()
  }
}

/** Tells whether this process waited for the disk, more than it computed, since it was last asked. */
function waitsForDisk(processors: number): () => boolean {
  let last = process.resourceUsage()
  let at = performance.now()
  return () => {
    const [now, time] = [process.resourceUsage(), performance.now()]
    const seconds = (time - at) / 1000
    const used = (now.userCPUTime + now.systemCPUTime - last.userCPUTime - last.systemCPUTime) / 1e6
    const fromDisk = (now.fsRead - last.fsRead) * DISK_BLOCK
    last = now
    at = time
    return used < processors * seconds * BUSY && fromDisk > FROM_DISK * seconds
  }
}

/** What `ru_inblock` of getrusage counts. */
const DISK_BLOCK = 512

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
