import { availableParallelism } from 'node:os'
import { bytesRead, type Controlled, newControl, type Steps, stop } from './control.ts'
import type { Crew } from './crew.ts'

/** Less than this is done before a worker has started. */
const ALONE_BELOW = 50e6
const MAX_THREADS = 16
const PROGRESS_MS = 200
/** How long signals and what workers tell wait at most, but for one step. */
const PAUSE_MS = 50

export interface Running {
  readonly signal: AbortSignal
  /**
   * How many threads work, this one among them; undefined: one a processor, this one alone for little work.
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
  readonly crew: Crew
  /** What a worker of the crew does, for this thread. */
  readonly start: (job: J) => Steps<R>
}

/** Start the threads that so many tasks are worth, beside this one. */
export function hireFor(
  crew: Crew,
  running: Omit<Running, 'onProgress'>,
  { tasks, bytes }: Pick<Work<Controlled, unknown>, 'tasks' | 'bytes'>,
): void {
  const threads = Math.min(threadsFor(running, bytes), tasks)
  while (crew.size < threads - (joins(running) ? 1 : 0)) crew.hire()
}

function threadsFor({ workers }: Pick<Running, 'workers'>, bytes: number): number {
  return Math.max(1, Math.min(workers ?? (bytes < ALONE_BELOW ? 1 : availableParallelism()), MAX_THREADS))
}

/** Whether this thread reads too: to keep to a rate is to sleep, and it must not. */
function joins({ maxRate }: Pick<Running, 'maxRate'>): boolean {
  return maxRate === undefined
}

/**
 * Do all tasks of a job, in this thread and in those of a crew, and tell of each as it is done. Gives whether all were: an
 * abort ends the work within a moment, and what was told until then holds.
 */
export async function runWork<J extends Controlled, R>(
  { job, tasks, bytes, crew, start }: Work<J, R>,
  running: Running,
  tell: (reply: R) => void,
): Promise<boolean> {
  if (tasks === 0) return !running.signal.aborted
  const threads = Math.min(threadsFor(running, bytes), tasks)
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
  const others: Promise<void>[] = []
  const timer = setInterval(() => running.onProgress?.(bytesRead(whole.control)), PROGRESS_MS)
  try {
    while (others.length < threads - (joins(running) ? 1 : 0)) {
      const each = crew.work<R>(others.length, whole, told)
      // A fault of a worker ends this thread's work as well, and is what is thrown.
      each.catch(end)
      others.push(each)
    }
    if (joins(running)) await here(start(whole), told)
    await Promise.all(others)
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
