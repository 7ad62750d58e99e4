import { serve } from './crew.ts'
import { startJob, transfersOf } from './job.ts'

/** A worker: takes tasks from the list that all share until none is left, and tells of each. */
serve(startJob, transfersOf)
