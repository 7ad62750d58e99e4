import type { Io } from './command.ts'
import { count } from './count.ts'

/** How far a long piece of work has come. */
export interface Progress {
  readonly label: string
  readonly done: number
  /** Absent: not known. */
  readonly total?: number
}

const WIDTH = 24
const REDRAW_MS = 100

/**
 * A progress bar on stderr, redrawn at most ten times a second; without a terminal it is one line per label. Call
 * `close` before anything else is printed.
 */
export class ProgressBar {
  readonly #io: Io
  #label = ''
  #started = 0
  #drawn = 0

  constructor(io: Io) {
    this.#io = io
  }

  show(progress: Progress): void {
    const now = Date.now()
    if (progress.label !== this.#label) {
      this.close()
      this.#label = progress.label
      this.#started = now
      this.#drawn = 0
      if (!this.#io.interactive) this.#io.stderr(`${progress.label}\n`)
    }
    const complete = progress.total !== undefined && progress.done >= progress.total
    if (!this.#io.interactive || (now - this.#drawn < REDRAW_MS && !complete)) return
    this.#drawn = now
    this.#io.stderr(`\r\u001b[K${bar(progress, now - this.#started)}`)
  }

  close(): void {
    if (this.#io.interactive && this.#drawn > 0) this.#io.stderr('\n')
    this.#label = ''
    this.#drawn = 0
  }
}

function bar({ label, done, total }: Progress, elapsed: number): string {
  if (total === undefined || total === 0) return `${label}  ${count(done)}`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * WIDTH)
  const left = done > 0 && share < 1 ? `  ${seconds((elapsed / done) * (total - done))} left` : ''
  return `${label}  [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)}%  ${count(done)} of ${count(total)}${left}`
}

function seconds(ms: number): string {
  const s = Math.ceil(ms / 1000)
  return s < 90 ? `${s} s` : `${Math.ceil(s / 60)} min`
}
