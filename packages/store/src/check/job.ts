import { hash } from 'node:crypto'
import { type BytePath, TreeError } from '@firn/nix/tree'
import { type LineSum, parseLine, sumLine } from '../seal/seal-line.ts'
import { type DigestMemory, SharedDigests } from '../seal/shared-digests.ts'
import { isUntouched, RECORD, STATE, STATE_AT } from '../seal/stat-record.ts'
import { type Controlled, counter, nextTask, type Steps, Stopped } from '../verify/control.ts'
import type { Fault } from '../verify/finding.ts'
import { measurer } from './measure.ts'
import { statTree } from './stat-walk.ts'
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
  readonly records?: Float64Array
  /** Undefined: the line was not parsed. */
  readonly sum?: LineSum
}

/** Check paths until none is left or somebody says stop. What it yields is a reply, or nothing: a pause. */
export function* startCheck(job: CheckJob): Steps<CheckReply> {
  const { control, look, tasks, digests, statIsEnough, storeDir } = job
  const trees = new TreeCheck(look, new SharedDigests(digests), counter(job))
  const measured = look.level === 2 ? measurer() : undefined
  for (let at = nextTask(control); at < tasks.length; at = nextTask(control)) {
    const task = tasks[at]!
    const { place, path, known } = task
    const unchanged = statIsEnough && known !== undefined ? countUnchanged(place, known) : undefined
    if (unchanged !== undefined) {
      yield { at, faults: [], counts: unchanged }
      continue
    }
    const sealed = parseLine(task.line, storeDir)
    try {
      const number = numberOf(path)
      const result = yield* trees.check(place, path, sealed.tree, {
        number,
        ...(known !== undefined && { known }),
        ...(measured !== undefined && { measured }),
      })
      yield { at, ...result, sum: sumLine(sealed) }
    } catch (error) {
      if (error instanceof Stopped) return
      throw error
    }
  }
}

/** Undefined: something was touched, or could change without its times telling. */
function countUnchanged(place: BytePath, known: Float64Array): Counts | undefined {
  const now = statOrNothing(place)
  if (now?.length !== known.length) return undefined
  const counts = noCounts()
  for (let at = 0; at < known.length; at += RECORD) {
    const state = known[at + STATE_AT]
    if (state === STATE.racy || !isUntouched(known, now, at)) return undefined
    if (!isFile(now[at + 2]!)) continue
    counts.files++
    if (state === STATE.unread) counts.unread++
  }
  return counts
}

function isFile(mode: number): boolean {
  return (mode & 0o170000) === 0o100000
}

/** What cannot be walked is told by who looks closely. */
function statOrNothing(place: BytePath): Float64Array | undefined {
  try {
    return statTree(place)
  } catch (error) {
    if (error instanceof TreeError) return undefined
    throw error
  }
}

/** Where the counting of a path's files begins, so that small paths do not all have their turn at once. */
function numberOf(path: string): number {
  return Number.parseInt(hash('sha256', path).slice(0, 8), 16)
}
