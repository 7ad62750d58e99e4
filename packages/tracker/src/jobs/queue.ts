import { EXIT, UserError } from '@firn/core'
import type { Database } from '../db/database.ts'
import { feedFailed, feedSucceeded } from '../domain/feeds.ts'
import { isAllBad } from '../domain/ingestion.ts'
import { rematch } from '../domain/rematch.ts'
import type { IngestionStatus } from '../domain/views.ts'
import { type IngestProgress, ingest } from './ingest.ts'
import type { GivenFile, Spool, SpooledFile } from './spool.ts'

type Listener = (progress: IngestProgress) => void

interface Run {
  readonly listeners: Set<Listener>
  readonly result: Promise<IngestionStatus>
}

/** Files go in one after the other, in the order in which they came: a database has one writer's worth of room. */
export class IngestionQueue {
  readonly #db: Database
  readonly #spool: Spool
  readonly #signal: AbortSignal
  readonly #runs = new Map<string, Run>()
  #turn: Promise<unknown> = Promise.resolve()

  /** When `signal` is aborted, the file under way stops after its batch and stays in the spool, with all others. */
  constructor(db: Database, spool: Spool, signal: AbortSignal) {
    this.#db = db
    this.#spool = spool
    this.#signal = signal
  }

  /** Bring in a file that was just spooled. A UserError says why it cannot go in. */
  run(file: SpooledFile, onProgress?: Listener): Promise<IngestionStatus> {
    const run = this.#runs.get(file.name) ?? this.#start(file)
    if (onProgress !== undefined) run.listeners.add(onProgress)
    return run.result
  }

  /** Spool a file or folder, then bring it in. */
  async add(given: GivenFile, onProgress?: Listener): Promise<IngestionStatus> {
    return this.run(await this.#spool.add(given), onProgress)
  }

  /** What an earlier process left behind, with what became of each. */
  async *resume(onProgress?: Listener): AsyncGenerator<{ readonly file: SpooledFile; readonly error?: unknown }> {
    for (const file of this.#spool.pending()) {
      try {
        await this.run(file, onProgress)
        yield { file }
      } catch (error) {
        if (this.#signal.aborted) return
        yield { file, error }
      }
    }
  }

  /** Make matches anew when the matcher is another than the one that made them; nothing to do otherwise. */
  rematch(onProgress?: Listener): Promise<boolean> {
    const result = this.#turn.then(() =>
      rematch(this.#db, {
        signal: this.#signal,
        onProgress: (progress) => onProgress?.({ label: 'matching anew', ...progress }),
      }),
    )
    this.#turn = result.catch(() => {})
    return result
  }

  /** Until nothing is under way. */
  async idle(): Promise<void> {
    await this.#turn
  }

  #start(file: SpooledFile): Run {
    const listeners = new Set<Listener>()
    const result = this.#turn.then(() => this.#ingest(file, listeners)).finally(() => this.#runs.delete(file.name))
    this.#turn = result.catch(() => {})
    const run = { listeners, result }
    this.#runs.set(file.name, run)
    return run
  }

  async #ingest(file: SpooledFile, listeners: ReadonlySet<Listener>): Promise<IngestionStatus> {
    this.#signal.throwIfAborted()
    const onProgress: Listener = (progress) => listeners.forEach((listener) => void listener(progress))
    try {
      const status = await ingest(this.#db, file, { signal: this.#signal, onProgress })
      if (file.feed !== undefined && file.validators !== undefined) {
        if (!isAllBad(status)) await feedSucceeded(this.#db, file.feed, file.validators)
        else await feedFailed(this.#db, file.feed, `${file.origin}: none of its ${status.done} records could be read`)
      }
      this.#spool.remove(file)
      return status
    } catch (error) {
      // The file itself is at fault: no second try changes that. A full disk or a lost server may pass.
      if (error instanceof UserError && error.exit === EXIT.usage && !this.#signal.aborted) this.#spool.remove(file)
      throw error
    }
  }
}
