import { hash } from 'node:crypto'
import { UserError } from '@firn/core'
import type { BytePath } from '@firn/nix/tree'
import { type LineSum, openLine, sumLine } from '../seal/seal-line.ts'
import { type DigestMemory, SharedDigests } from '../seal/shared-digests.ts'
import { type Controlled, counter, nextTask, type Steps, Stopped } from '../verify/control.ts'
import type { Fault } from '../verify/finding.ts'
import { measurer } from './measure.ts'
import { walkUntouched } from './stat-walk.ts'
import { type Counts, type Look, noCounts, TreeCheck } from './tree-check.ts'

/** One path of a seal to be looked at. */
export interface CheckTask {
  readonly place: BytePath
  readonly path: string
  /** Its line in the seal, which all workers share. */
  readonly line: Uint8Array
  /** What was remembered of it under the same line. */
  readonly known?: Float64Array
}

/** A check's work, the same for all workers. */
export interface CheckJob extends Controlled {
  readonly look: Look
  readonly storeDir: string
  readonly tasks: readonly CheckTask[]
  readonly digests: DigestMemory
  /** The lines were found to be what was signed, and stat is all that is asked: what nobody touched need not be parsed. */
  readonly statIsEnough: boolean
}

export interface CheckReply {
  readonly at: number
  readonly faults: readonly Fault[]
  readonly counts: Counts
  /** What is to be remembered; undefined: what already is. */
  readonly records?: Float64Array<ArrayBuffer>
  /** Undefined: the line was not parsed. */
  readonly sum?: LineSum
  /** The line is not one of a seal: what a UserError says of it, whose class is lost between threads. */
  readonly damage?: Pick<UserError, 'message' | 'hint' | 'exit'>
}

/** Check paths until none is left or somebody says stop. What it yields is a reply, or nothing: a pause. */
export function* startCheck(job: CheckJob): Steps<CheckReply> {
  const { control, look, tasks, digests, statIsEnough, storeDir } = job
  const trees = new TreeCheck(look, new SharedDigests(digests), counter(job))
  const measured = look.level === 2 ? measurer() : undefined
  for (let at = nextTask(control); at < tasks.length; at = nextTask(control)) {
    const task = tasks[at]!
    const { place, path, known } = task
    const untouched = statIsEnough && known !== undefined ? walkUntouched(place, known) : undefined
    if (untouched !== undefined) {
      const { files, unread } = untouched
      yield { at, faults: [], counts: { ...noCounts(), files, unread } }
      continue
    }
    try {
      const sum = sumLine(task.line, storeDir)
      const number = numberOf(path)
      const result = yield* trees.check(place, path, openLine(task.line, storeDir).text, {
        number,
        ...(known !== undefined && { known }),
        ...(measured !== undefined && { measured }),
      })
      yield { at, ...result, sum }
    } catch (error) {
      if (error instanceof Stopped) return
      if (!(error instanceof UserError)) throw error
      const { message, hint, exit } = error
      yield { at, faults: [], counts: noCounts(), damage: { message, hint, exit } }
    }
  }
}

/** What of a reply need not be copied for another thread. What holds nothing may be the same in several replies. */
export function transfersOf({ records }: CheckReply): ArrayBuffer[] {
  return records === undefined || records.length === 0 ? [] : [records.buffer]
}

/** Where the counting of a path's files begins, so that small paths do not all have their turn at once. */
function numberOf(path: string): number {
  return Number.parseInt(hash('sha256', path).slice(0, 8), 16)
}
