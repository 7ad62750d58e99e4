import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Commands, Io } from './command.ts'
import { HELP } from './help.ts'
import { standardOutput } from './output.ts'
import { runCommand } from './run.ts'
import { version } from './version.ts'

/** Each command is a file of its own, imported when called: `firn --help` loads none of them. */
const COMMANDS: Commands = {
  scan: () => import('./commands/scan.ts'),
  sbom: () => import('./commands/sbom.ts'),
  explain: () => import('./commands/explain.ts'),
  serve: () => import('./commands/serve.ts'),
  tracker: () => import('./commands/tracker.ts'),
  boot: () => import('./commands/boot.ts'),
  store: () => import('./commands/store.ts'),
  appliance: () => import('./commands/appliance.ts'),
}

/** Words in, exit code out. */
async function main(words: readonly string[], io: Io): Promise<ExitCode> {
  const [name] = words
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    io.stdout(HELP)
    return name === undefined ? EXIT.usage : EXIT.clean
  }
  if (name === '--version') {
    io.stdout(`firn ${version()}\n`)
    return EXIT.clean
  }
  return runCommand('firn', COMMANDS, words, io)
}

/** What was thrown, as two lines for a person and an exit code. */
function explainFailure(error: unknown, io: Io): ExitCode {
  if (io.signal.aborted) {
    io.stderr('firn: interrupted\n')
    return EXIT.interrupted
  }
  if (error instanceof UserError) {
    io.stderr(`firn: ${error.message}\n  ${error.hint}\n`)
    return error.exit
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  io.stderr(`firn: a fault of ours; please report it (README.md, "Reporting a fault") with these lines:\n${detail}\n`)
  return EXIT.internal
}

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time the person means it.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted)
    interrupt.abort()
  })
}
const io: Io = {
  stdout: standardOutput((error) => process.exit(explainFailure(error, io))),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  interactive: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
  signal: interrupt.signal,
}

try {
  process.exitCode = await main(process.argv.slice(2), io)
} catch (error) {
  process.exitCode = explainFailure(error, io)
}
