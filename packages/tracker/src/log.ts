import { UserError } from '@firn/core'
import { withoutCredentials } from '@firn/core/download'
import { destination, pino } from 'pino'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/**
 * JSON lines on stderr. Of what is logged nothing holds a secret: no environment, no headers, no query strings, and
 * addresses in messages lose the user and password that they may carry.
 */
export function openLog(level: LogLevel): Log {
  return pino({ level, base: null, serializers: { error: describe } }, destination({ fd: 2, sync: true }))
}

/** An error as fields: a stack only for faults of ours. */
function describe(error: unknown): object {
  if (error instanceof UserError) return { message: clean(error.message), hint: clean(error.hint) }
  return error instanceof Error ? { stack: clean(error.stack ?? error.message) } : { message: clean(String(error)) }
}

function clean(text: string): string {
  return text.replaceAll(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, withoutCredentials)
}
