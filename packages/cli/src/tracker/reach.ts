import type { ExitCode, UserError } from '@firn/core'
import { type IngestProgress, reachTracker, type TrackerControl } from '@firn/tracker'
import type { Io } from '../command.ts'
import { ProgressBar } from '../progress.ts'
import { version } from '../version.ts'

/** What an earlier process left unfinished goes first where data comes in; a look at the status does not wait for it. */
export async function withTracker(
  io: Io,
  act: (control: TrackerControl, bar: ProgressBar) => Promise<ExitCode>,
  isIncoming = false,
): Promise<ExitCode> {
  const bar = new ProgressBar(io)
  const finish = {
    onProgress: (progress: IngestProgress) => bar.show(progress),
    onFailure: (origin: string, { message, hint }: UserError) => {
      bar.close()
      io.stderr(`firn: ${origin} was interrupted and could not be finished: ${message}\n  ${hint}\n`)
    },
  }
  const options = { version: version(), env: io.env, signal: io.signal, ...(isIncoming && { finish }) }
  const tracker = await reachTracker(options)
  try {
    return await act(tracker.control, bar)
  } finally {
    bar.close()
    await tracker.close()
  }
}
