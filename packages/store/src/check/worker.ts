import { serve } from '../verify/crew.ts'
import { startCheck, transfersOf } from './job.ts'

/** A worker of a check: takes paths from the list that all share until none is left, and tells of each. */
serve(startCheck, transfersOf)
