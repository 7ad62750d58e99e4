import { parentPort, workerData } from 'node:worker_threads'
import { type Job, startJob, transfersOf } from './job.ts'

/** A worker: takes jobs from the list that all share until none is left, and tells of each. */
for (const reply of startJob(workerData as Job)) {
  if (reply !== undefined) parentPort!.postMessage(reply, transfersOf(reply))
}
