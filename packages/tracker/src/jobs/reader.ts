import { Worker } from 'node:worker_threads'
import { UserError } from '@firn/core'
import type { Answer, LotSource, Questions } from './lots.ts'

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void }

const PROGRAM = new URL('reader-thread.ts', import.meta.url)
/** A reader that needs more holds something it should not; the process has a bar of 1 GB. */
const LIMITS = { maxOldGenerationSizeMb: 512 }

/** The reading thread, seen from the thread with the database: questions, answered in order. */
export class ReaderThread {
  /** What the source said when it was opened. */
  readonly count: number | undefined
  readonly #worker: Worker
  readonly #waiting: Waiting[]

  private constructor(worker: Worker, waiting: Waiting[], count: number | undefined) {
    this.#worker = worker
    this.#waiting = waiting
    this.count = count
  }

  /** UserError: the file is missing, damaged, or holds no such records. */
  static async open(source: LotSource): Promise<ReaderThread> {
    const worker = new Worker(PROGRAM, { resourceLimits: LIMITS })
    const waiting: Waiting[] = []
    worker.on('message', (answer: Answer) => {
      const { resolve, reject } = waiting.shift()!
      if ('value' in answer) resolve(answer.value)
      else reject(new UserError(answer.failure.message, answer.failure.hint, answer.failure.exit))
    })
    const end = (error: unknown) => waiting.splice(0).forEach(({ reject }) => void reject(error))
    worker.on('error', end)
    worker.on('exit', (code) => end(new Error(`the reading thread ended (${code})`)))
    try {
      const { count } = await ask(worker, waiting, 'open', source)
      return new ReaderThread(worker, waiting, count)
    } catch (error) {
      await worker.terminate()
      throw error
    }
  }

  ask<K extends keyof Questions>(name: K, question: Questions[K]['ask']): Promise<Questions[K]['answer']> {
    return ask(this.#worker, this.#waiting, name, question)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}

function ask<K extends keyof Questions>(
  worker: Worker,
  waiting: Waiting[],
  name: K,
  question: Questions[K]['ask'],
): Promise<Questions[K]['answer']> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  waiting.push({ resolve, reject })
  worker.postMessage({ name, ask: question })
  return promise as Promise<Questions[K]['answer']>
}
