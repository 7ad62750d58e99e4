/**
 * What the process ends with. When several hold, the order of precedence is store, usage, findings, data
 * (4, 2, 1, 3): see `worstExit`.
 */
export const EXIT = {
  clean: 0,
  findings: 1,
  usage: 2,
  data: 3,
  store: 4,
  internal: 70,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const PRECEDENCE: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.internal,
  EXIT.store,
  EXIT.usage,
  EXIT.findings,
  EXIT.data,
]

/** The exit code to use when several hold at once. */
export function worstExit(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes)
  return PRECEDENCE.find((code) => seen.has(code)) ?? EXIT.clean
}

export type UserErrorExit = typeof EXIT.usage | typeof EXIT.data | typeof EXIT.store

/**
 * An error that the person at the keyboard, or the data they gave us, can cause: bad words, bad input, a locked
 * database, a full disk. The message names the thing, the hint names the way out; the command prints these two lines
 * and no stack. Everything else that is thrown is a fault of ours (exit code 70).
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly hint: string
  readonly exit: UserErrorExit

  constructor(message: string, hint: string, exit: UserErrorExit = EXIT.usage, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
    this.exit = exit
  }
}

/**
 * Run `parse` and put `subject` (a file, an URL, an archive member) in front of what a UserError says: parsers see
 * bytes and do not know where these came from.
 */
export function naming<T>(subject: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw named(subject, error)
  }
}

/** As `naming`, for what answers later. */
export async function namingAsync<T>(subject: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw named(subject, error)
  }
}

/** What names the subject already is left as it is. */
function named(subject: string, error: unknown): unknown {
  if (!(error instanceof UserError) || error.message.startsWith(`${subject}: `)) return error
  return new UserError(`${subject}: ${error.message}`, error.hint, error.exit, { cause: error })
}
