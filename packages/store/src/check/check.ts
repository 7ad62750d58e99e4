import { EXIT, UserError } from '@firn/core'
import { realPath, type StorePlace } from '@firn/nix/place'
import { bytePath, systemCalls } from '@firn/nix/tree'
import { judgeFreshness, type LastSeen } from '../seal/freshness.ts'
import { type Seal, verifySums } from '../seal/seal-file.ts'
import { type LineSum, lineKey, nameOfLine } from '../seal/seal-line.ts'
import { newDigestMemory } from '../seal/shared-digests.ts'
import { Crew } from '../verify/crew.ts'
import { byLevelAndPath, findingOf, type StoreFinding } from '../verify/finding.ts'
import { type Running, runWork } from '../verify/pool.ts'
import { ownership, statStore } from '../verify/store-folder.ts'
import { type CheckJob, type CheckReply, type CheckTask, startCheck } from './job.ts'
import type { CheckLevel } from './levels.ts'
import type { Memory, Remembered } from './memory.ts'
import { type Counts, type Look, noCounts } from './tree-check.ts'

export interface CheckRequest extends Omit<Running, 'onProgress'> {
  readonly place: StorePlace
  /** Signed by a key that is trusted; its lines need not be verified yet. */
  readonly seal: Seal
  readonly level: CheckLevel
  /** In how many runs at level 1 everything is read once. */
  readonly parts: number
  readonly memory: Memory
  readonly seen: LastSeen
  /** A generation that is known from elsewhere: no lower one will do. */
  readonly least: number
  readonly onProgress?: (done: number, total: number) => void
}

/** What a check says: never more than its level can know. */
export type Verdict = 'broken' | 'stale' | 'unchanged' | 'sampled' | 'measured' | 'verified' | 'interrupted'

export interface Check {
  readonly verdict: Verdict
  readonly level: CheckLevel
  readonly findings: readonly StoreFinding[]
  readonly paths: number
  readonly counts: Counts
  /** At level 1: which part was read. */
  readonly part: { readonly turn: number; readonly of: number } | undefined
  /** What is to be remembered for the next run, the very same if there is no news; undefined: this run may have been misled by the clock. */
  readonly memory: Memory | undefined
  readonly complete: boolean
}

/**
 * Is the store what was sealed? How much that says depends on the level; `verified` is said of a store that was read
 * whole, and of no other.
 */
export async function checkStore(request: CheckRequest): Promise<Check> {
  const { seal, place, level, memory } = request
  requireSameStore(seal, place)
  const clock = startClock()
  const part = { turn: memory.runs % request.parts, of: request.parts }
  const look: Look = {
    level,
    ...part,
    owner: ownership(statStore(place)),
    xattrs: systemCalls() !== undefined,
  }
  const run = new Run(request, look)
  const complete = await run.look()
  const findings = [
    ...judgeFreshness(seal.statement, seal.signers, request.seen, request.least),
    ...run.findings(),
  ].sort(byLevelAndPath)
  return {
    verdict: complete ? verdictOf(level, findings) : 'interrupted',
    level,
    findings,
    paths: seal.lines.length,
    counts: run.counts(),
    part: level === 1 ? part : undefined,
    memory: complete && clock.isSteady() ? run.remember() : undefined,
    complete,
  }
}

const VERDICTS = ['unchanged', 'sampled', 'measured', 'verified'] as const

function verdictOf(level: CheckLevel, findings: readonly StoreFinding[]): Verdict {
  const errors = findings.filter((finding) => finding.level === 'error')
  if (errors.length === 0) return VERDICTS[level]
  return errors.every(({ rule }) => rule === 'store/seal-rollback' || rule === 'store/seal-revoked')
    ? 'stale'
    : 'broken'
}

class Run {
  readonly #request: CheckRequest
  readonly #crew = new Crew(new URL('./worker.ts', import.meta.url))
  readonly #job: Omit<CheckJob, 'control' | 'rate'>
  readonly #names: readonly string[]
  readonly #keys: readonly string[]
  readonly #replies = new Map<string, CheckReply>()

  constructor(request: CheckRequest, look: Look) {
    const { seal, place, memory, level } = request
    this.#request = request
    this.#names = seal.lines.map(nameOfLine)
    this.#keys = seal.lines.map(lineKey)
    const tasks = seal.lines.map((line, at): CheckTask => {
      const path = `${place.storeDir}/${this.#names[at]}`
      const known = memory.paths.get(this.#names[at]!)
      return {
        place: bytePath(realPath(path, place)),
        path,
        line,
        // What was remembered is no reason to believe anything when everything is read.
        ...(level < 3 && known !== undefined && known.line === this.#keys[at] && { known: known.records }),
      }
    })
    this.#job = {
      look,
      storeDir: place.storeDir,
      tasks: tasks.sort((a, b) => weightOf(b, level) - weightOf(a, level)),
      digests: newDigestMemory(),
      statIsEnough: level === 0 && memory.seal === seal.digest,
    }
  }

  /** Gives whether all of it was looked at. */
  async look(): Promise<boolean> {
    try {
      if (!(await this.#lookAt(this.#job))) return false
      this.#requireSigned()
      return await this.#lookAgainAtSuspects()
    } finally {
      this.#crew.dismiss()
    }
  }

  /** Every line was parsed where it is not known that they are right: now their sum has to be what was signed. */
  #requireSigned(): void {
    const { seal } = this.#request
    for (const { damage } of this.#replies.values()) {
      if (damage !== undefined) throw new UserError(damage.message, damage.hint, damage.exit)
    }
    if (this.#job.statIsEnough) return
    const sums = this.#names.map((name) => this.#replies.get(name)!.sum!)
    verifySums(seal.statement, sums as readonly LineSum[])
  }

  /** Optimising, a repair or a garbage collection may have been at work: what is wrong must be so twice. */
  async #lookAgainAtSuspects(): Promise<boolean> {
    const tasks = this.#job.tasks.filter(({ path }) => this.#replies.get(baseName(path))!.faults.length > 0)
    if (tasks.length === 0) return true
    return this.#lookAt({ ...this.#job, tasks, statIsEnough: false })
  }

  #lookAt(job: Omit<CheckJob, 'control' | 'rate'>): Promise<boolean> {
    const { tasks } = job
    const { onProgress, level, ...running } = this.#request
    const weights = tasks.map((task) => weightOf(task, level))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    let done = 0
    const tell = (reply: CheckReply) => {
      const { at } = reply
      this.#replies.set(baseName(tasks[at]!.path), reply)
      done += weights[at]!
      onProgress?.(done, total)
    }
    const work = {
      job,
      tasks: tasks.length,
      // To stat a file takes about as long as to read 20 kB.
      bytes: level === 3 ? total : total * 200,
      crew: this.#crew,
      start: startCheck,
    }
    return runWork<CheckJob, CheckReply>(work, { ...running, onProgress: undefined }, tell)
  }

  findings(): StoreFinding[] {
    const { place, level } = this.#request
    const found = [...this.#replies].flatMap(([name, { faults }]) =>
      faults.map((fault) => findingOf(`${place.storeDir}/${name}`, fault, place.root)),
    )
    if (!this.#job.look.xattrs) {
      const message =
        'extended attributes (file capabilities, access lists) were not looked at: nothing here can list them'
      found.push(findingOf(place.storeDir, { rule: 'store/xattr-unchecked', level: 'note', message }))
    }
    const { read } = this.counts()
    if (level === 2 && read > 0) {
      const message = `${read} files have no fs-verity digest, so they were read: the kernel will not check what is read of them later`
      found.push(findingOf(place.storeDir, { rule: 'store/verity-absent', level: 'note', message }))
    }
    return found
  }

  counts(): Counts {
    const sum = noCounts()
    for (const { counts } of this.#replies.values()) {
      for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key]
    }
    return sum
  }

  remember(): Memory {
    const { seal, level, memory } = this.#request
    const isNews = level === 1 || this.#names.some((name) => this.#replies.get(name)?.records !== undefined)
    if (!isNews && memory.paths.size === this.#names.length) return memory
    const paths = new Map<string, Remembered>()
    for (const [at, name] of this.#names.entries()) {
      const records = this.#replies.get(name)?.records ?? memory.paths.get(name)?.records
      if (records !== undefined) paths.set(name, { line: this.#keys[at]!, records })
    }
    return { seal: seal.digest, runs: memory.runs + (level === 1 ? 1 : 0), paths }
  }
}

/** Bytes to read when all is read; else a line is about as long as there are files to stat. */
function weightOf({ line }: CheckTask, level: CheckLevel): number {
  if (level !== 3) return line.length
  const start = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 500)).toString('latin1')
  return Number(/"narSize":(\d{1,15})/.exec(start)?.[1] ?? line.length)
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function requireSameStore({ statement }: Seal, { storeDir }: StorePlace): void {
  if (statement.storeDir === storeDir) return
  throw new UserError(
    `the seal is of ${statement.storeDir}, not of ${storeDir}`,
    'give the seal of this store, or --store for another',
    EXIT.usage,
  )
}

/** A clock that was set while files were looked at says nothing of how long ago they were touched. */
function startClock() {
  const [wall, steady] = [Date.now(), performance.now()]
  return { isSteady: () => Math.abs(Date.now() - wall - (performance.now() - steady)) < 1000 }
}
