import { type Controlled, counter, nextTask, type Steps, Stopped } from './control.ts'
import { Crew } from './crew.ts'
import { checkLinks, type LinkResult, type LinkTask } from './link-check.ts'
import { type CheckSettings, PathChecker, type PathTask } from './path-check.ts'
import type { PathReply } from './path-reading.ts'
import { type Running, runWork } from './pool.ts'

/** What is to be done, the same for all workers: each takes the next task that nobody has. */
export interface Job extends Controlled {
  readonly settings: CheckSettings
  readonly paths: readonly PathTask[]
  readonly links: readonly LinkTask[]
}

export type Reply =
  | { readonly kind: 'path'; readonly at: number; readonly result: PathReply }
  | { readonly kind: 'links'; readonly at: number; readonly result: LinkResult }

/** Work until no task is left, or somebody says stop. What it yields is a reply, or nothing: a pause. */
export function* startJob(job: Job): Steps<Reply> {
  const { control, settings, paths, links } = job
  const count = counter(job)
  const checker = new PathChecker(settings, count)
  const { seal: _, ...forLinks } = settings
  const linkChecker = settings.seal === undefined ? checker : new PathChecker(forLinks, count)
  for (;;) {
    const at = nextTask(control)
    if (at >= paths.length + links.length) return
    try {
      const path = paths[at]
      if (path !== undefined) yield { kind: 'path', at, result: yield* checker.check(path) }
      else {
        const link = links[at - paths.length]!
        yield { kind: 'links', at: at - paths.length, result: yield* checkLinks(link, linkChecker) }
      }
    } catch (error) {
      if (error instanceof Stopped) return
      throw error
    }
  }
}

/** What of a reply need not be copied for another thread. */
export function transfersOf(reply: Reply): ArrayBuffer[] {
  const sealed = reply.kind === 'path' ? reply.result.sealed : undefined
  return sealed === undefined ? [] : [sealed.text.buffer, sealed.records.buffer]
}

/** The threads of a verification. */
export function newCrew(): Crew {
  return new Crew(new URL('./worker.ts', import.meta.url))
}

/** All of a job, in as many threads as it is worth. */
export function runAll(
  job: Omit<Job, 'control' | 'rate'>,
  crew: Crew,
  bytes: number,
  running: Running,
  tell: (reply: Reply) => void,
): Promise<boolean> {
  const tasks = job.paths.length + job.links.length
  return runWork<Job, Reply>({ job, tasks, bytes, crew, start: startJob }, running, tell)
}
