import { EXIT, type ExitCode, UserError } from '@firn/core'
import { LOG_LEVELS, type LogLevel, serve as serveTracker } from '@firn/tracker'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { version } from '../version.ts'

const HELP = `firn serve: the tracker's web pages and web API

  firn serve [--port 3000] [--host 127.0.0.1]

  --port N       the port to listen on (default 3000); 0 takes any that is free
  --host ADDR    the address (default 127.0.0.1: this machine only)
  --no-sync      do not fetch anything; the status page then shows what was imported by hand
  --no-sample    leave an empty database empty; else it is filled with the bundled sample
  --log LEVEL    debug, info, warn, error or silent: JSON lines on stderr
                 (default: info, and warn at a terminal)

The data is in FIRN_DATA_DIR (default: firn in the user's data folder), or on the PostgreSQL server that DATABASE_URL
names. FIRN_CHANNELS, FIRN_OSV and FIRN_FEED_… choose what is fetched: see docs/reference/tracker.md.
Ctrl-C or SIGTERM stops it in good order (exit code 0); what it was importing goes on at the next start.
`

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'no-sync': { type: 'boolean' },
  'no-sample': { type: 'boolean' },
  log: { type: 'string' },
} as const

export const command: Command = { help: HELP, run: serve }

async function serve(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn serve', args, OPTIONS)
  if (positionals.length > 0) {
    throw new UserError(`firn serve takes no '${positionals[0]}'`, 'firn serve --help shows its options')
  }
  const bar = new ProgressBar(io)
  await serveTracker({
    version: version(),
    env: io.env,
    signal: io.signal,
    port: parsePort(values.port ?? '3000'),
    ...(values.host !== undefined && { host: values.host }),
    sync: values['no-sync'] !== true,
    sample: values['no-sample'] !== true,
    log: parseLevel(values.log ?? (io.interactive ? 'warn' : 'info')),
    onProgress: (progress) => bar.show(progress),
    onReady: (url) => {
      bar.close()
      io.stdout(`firn tracker: ${url}\n`)
    },
  })
  return EXIT.clean
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new UserError(`--port ${text}: not a port`, 'give a number from 1 to 65535, or 0 for any that is free')
}

function parseLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((each) => each === text)
  if (level !== undefined) return level
  throw new UserError(`--log ${text}: not known`, `choose one of ${LOG_LEVELS.join(', ')}`)
}
