import { type Finding, printReport } from '@firn/report'
import { version } from './version.ts'

/** What a command tells, in the shape that all JSON of firn has: `{schema, tool, subject, facts, …, findings}`. */
export function jsonOf(
  schema: string,
  subject: string,
  data: Readonly<Record<string, unknown>>,
  findings: readonly Finding[] = [],
): string {
  const tool = { name: 'firn', version: version() } as const
  return printReport({ schema, tool, subject, facts: [], data, findings }, 'json', {
    color: false,
    width: Number.POSITIVE_INFINITY,
  })
}
