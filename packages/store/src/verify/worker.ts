import { parentPort, workerData } from 'node:worker_threads'
import { type Job, type Reply, runJob } from './job.ts'

/** A worker: takes jobs from the list that all share until none is left, and tells of each. */
runJob(workerData as Job, (reply: Reply) => parentPort!.postMessage(reply))
