import type { ExitCode } from '@firn/core'

/** Where a command reads and writes, so that tests can stand in for a terminal. */
export interface Io {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether a progress bar may be drawn on stderr. */
  readonly interactive: boolean
  readonly signal: AbortSignal
}

/** One command of `firn`: a file in commands/, imported when called. */
export interface Command {
  /** What `firn COMMAND --help` prints. */
  readonly help: string
  readonly run: (args: readonly string[], io: Io) => Promise<ExitCode>
}

/** A command of several actions (`firn boot sign`), each a file of its own, imported when called. */
export interface CommandGroup {
  readonly help: string
  readonly actions: Commands
}

export type Commands = Readonly<Record<string, () => Promise<{ command: Command | CommandGroup }>>>
