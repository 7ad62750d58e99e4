import { parentPort, workerData } from 'node:worker_threads'
import { type CheckJob, startCheck, transfersOf } from './job.ts'

/** A worker of a check: takes paths from the list that all share until none is left, and tells of each. */
for (const reply of startCheck(workerData as CheckJob)) {
  if (reply !== undefined) parentPort!.postMessage(reply, transfersOf(reply))
}
