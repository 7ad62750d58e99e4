import { parentPort, SHARE_ENV, type Transferable, Worker } from 'node:worker_threads'
import type { Steps } from './control.ts'

/** What a worker makes per file is gone with the next: a small nursery is enough, and the default of 48 MB is a worker's all. */
const YOUNG_MB = 12

/** Threads that wait for jobs: to start one takes a tenth of a second, in which this thread can do something else. */
export class Crew {
  readonly #module: URL
  readonly #members: Worker[] = []
  readonly #faults = new Map<Worker, unknown>()

  /** `module`: what each thread runs; it calls `serve`. */
  constructor(module: URL) {
    this.#module = module
  }

  get size(): number {
    return this.#members.length
  }

  hire(): void {
    const worker = new Worker(this.#module, {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      env: SHARE_ENV,
      // Each file is closed by who opened it; to keep a list of them would cost at each.
      trackUnmanagedFds: false,
    })
    worker.on('error', (error) => this.#faults.set(worker, error))
    this.#members.push(worker)
  }

  /** Have a member do a job, the first being 0, and tell what it tells; it is hired first if need be. */
  async work<R>(member: number, job: unknown, tell: (reply: R) => void): Promise<void> {
    while (this.#members.length <= member) this.hire()
    const worker = this.#members[member]!
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const hear = (message: { readonly reply?: R }) => {
      if (message.reply === undefined) resolve()
      else tell(message.reply)
    }
    const leave = (code: number) => reject(this.#faults.get(worker) ?? new Error(`a worker ended with ${code}`))
    worker.on('message', hear)
    worker.on('exit', leave)
    try {
      if (this.#faults.has(worker)) throw this.#faults.get(worker)
      worker.postMessage({ job })
      await promise
    } finally {
      worker.off('message', hear)
      worker.off('exit', leave)
    }
  }

  /** Send all away. */
  dismiss(): void {
    for (const worker of this.#members.splice(0)) worker.postMessage({})
  }
}

/** In a thread of a crew: do the jobs that come, one after the other. */
export function serve<J, R>(start: (job: J) => Steps<R>, transfers: (reply: R) => Transferable[] = () => []): void {
  const port = parentPort!
  port.on('message', ({ job }: { readonly job?: J }) => {
    if (job === undefined) {
      port.close()
      return
    }
    for (const reply of start(job)) if (reply !== undefined) port.postMessage({ reply }, transfers(reply))
    port.postMessage({})
  })
}
