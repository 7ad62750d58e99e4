import type { Finding } from './finding.ts'
import type { Report } from './report.ts'

/** The report as JSON: `{schema, tool, subject, facts, …, findings[]}`, two spaces, keys in a fixed order. */
export function printJson<F extends Finding>(report: Report<F>): string {
  const { schema, tool, subject, facts, data, findings } = report
  return `${JSON.stringify({ schema, tool, subject, facts: Object.fromEntries(facts), ...data, findings }, null, 2)}\n`
}
