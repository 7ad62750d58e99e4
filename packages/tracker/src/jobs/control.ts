import { UserError } from '@firn/core'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { stream } from 'hono/streaming'
import { z } from 'zod'
import type { Decided, NewDecision } from '../domain/decisions.ts'
import type { StoredDecision } from '../domain/storedDecision.ts'
import type { IngestionStatus, StatusView } from '../domain/views.ts'
import type { Exported } from './export.ts'
import type { IngestProgress } from './ingest.ts'
import type { GivenFile } from './spool.ts'
import type { SyncOutcome } from './sync.ts'

/** What one who may write to the tracker's folder can ask of it: the process that owns the database answers. */
export interface TrackerControl {
  readonly importFile: (file: GivenFile, onProgress: (progress: IngestProgress) => void) => Promise<IngestionStatus>
  /** Ask these feeds, or all, now. */
  readonly sync: (
    feeds: readonly string[],
    onProgress: (progress: IngestProgress) => void,
    onOutcome: (outcome: SyncOutcome) => void,
  ) => Promise<void>
  readonly status: () => Promise<StatusView>
  /** Write a decision down, for good. */
  readonly decide: (decision: NewDecision) => Promise<Decided>
  /** All decisions, or those on an attribute, or on a vulnerability; oldest first. */
  readonly decisions: (about: DecisionsAbout) => Promise<readonly StoredDecision[]>
  /** Forget a channel: gives how many packages it had. */
  readonly dropChannel: (channel: string) => Promise<number>
  /** Write the advisory index to an absolute path, as the user that the tracker runs as. */
  readonly exportIndex: (path: string, onProgress: (progress: IngestProgress) => void) => Promise<Exported>
}

interface DecisionsAbout {
  readonly attribute?: string
  readonly vulnerability?: string
}

/** One line of a streamed answer. */
export type ControlLine =
  | { readonly progress: IngestProgress }
  | { readonly imported: IngestionStatus }
  | { readonly outcome: SyncOutcome }
  | { readonly exported: Exported }
  | { readonly decided: Decided }
  | { readonly decisions: readonly StoredDecision[] }
  | { readonly dropped: number }
  | { readonly failure: ControlFailure }
  | { readonly end: true }

export interface ControlFailure {
  readonly message: string
  /** Absent: a fault of ours. */
  readonly hint?: string
  readonly exit?: 2 | 3 | 4
}

const path = z.string().max(4096).regex(/^\//)
const Import = z.object({
  path,
  channel: z.string().max(60).optional(),
  revision: z.string().max(80).optional(),
  acceptShrinking: z.boolean().optional(),
})
const text = z.string().max(10_000)
const Decision = z.strictObject({
  vulnerability: text,
  attribute: text,
  versions: text.optional(),
  channel: text.optional(),
  // The domain knows which there are, and says so.
  status: text as z.ZodType<NewDecision['status']>,
  justification: text.optional(),
  statement: text.optional(),
  author: text,
  expires: text.optional(),
})
const About = z.strictObject({ attribute: text.optional(), vulnerability: text.optional() })
const Channel = z.object({ channel: text })
const Export = z.object({ path })
const Sync = z.object({ feeds: z.array(z.string().max(100)).max(1000) })

/** The HTTP of the private socket: JSON in, a JSON line for each step out. `onFault` hears of what is no UserError. */
export function controlApp(control: TrackerControl, onFault: (error: unknown) => void): Hono {
  const app = new Hono()
  app.use(bodyLimit({ maxSize: 1 << 20 }))
  app.get('/status', async (c) => c.json(await control.status()))
  app.post('/import', async (c) => {
    const file = present<GivenFile>(Import.parse(await c.req.json()))
    return lines(c, onFault, async (say) =>
      say({ imported: await control.importFile(file, (progress) => say({ progress })) }),
    )
  })
  app.post('/decide', async (c) => {
    const decision = present<NewDecision>(Decision.parse(await c.req.json()))
    return lines(c, onFault, async (say) => say({ decided: await control.decide(decision) }))
  })
  app.post('/decisions', async (c) => {
    const about = present<DecisionsAbout>(About.parse(await c.req.json()))
    return lines(c, onFault, async (say) => say({ decisions: await control.decisions(about) }))
  })
  app.post('/channel/drop', async (c) => {
    const { channel } = Channel.parse(await c.req.json())
    return lines(c, onFault, async (say) => say({ dropped: await control.dropChannel(channel) }))
  })
  app.post('/sync', async (c) => {
    const { feeds } = Sync.parse(await c.req.json())
    return lines(c, onFault, (say) =>
      control.sync(
        feeds,
        (progress) => say({ progress }),
        (outcome) => say({ outcome }),
      ),
    )
  })
  app.post('/export', async (c) => {
    const file = Export.parse(await c.req.json())
    return lines(c, onFault, async (say) =>
      say({ exported: await control.exportIndex(file.path, (progress) => say({ progress })) }),
    )
  })
  app.onError((error, c) => {
    if (error instanceof z.ZodError || error instanceof SyntaxError) return c.text('malformed', 400)
    onFault(error)
    return c.json(failureOf(error), 500)
  })
  return app
}

/** Without the fields that are undefined. */
function present<T>(fields: object): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

type Say = (line: ControlLine) => void

function lines(c: Parameters<typeof stream>[0], onFault: (error: unknown) => void, act: (say: Say) => Promise<void>) {
  return stream(c, async (out) => {
    // The work goes on when the listener leaves; its lines then go nowhere.
    const say: Say = (line) => void out.write(`${JSON.stringify(line)}\n`).catch(() => {})
    try {
      await act(say)
    } catch (error) {
      // We are stopping: an answer without its end tells the listener so.
      if ((error as Error).name === 'AbortError') return
      if (!(error instanceof UserError)) onFault(error)
      say({ failure: failureOf(error) })
    }
    say({ end: true })
  })
}

function failureOf(error: unknown): ControlFailure {
  if (!(error instanceof UserError)) return { message: String(error) }
  return { message: error.message, hint: error.hint, exit: error.exit }
}
