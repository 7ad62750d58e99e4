import type { Finding } from './finding.ts'

/** What a command found, ready to be printed in any format. */
export interface Report<F extends Finding = Finding> {
  /** Id of the JSON's shape: `firn/scan/1`. */
  readonly schema: string
  readonly tool: { readonly name: 'firn'; readonly version: string }
  /** What was looked at, one line: `/nix/store/…-nixos-system (2,001 paths)`. */
  readonly subject: string
  /** Facts a reader needs to judge the findings (data age, counts, what is not seen), label and text. */
  readonly facts: readonly (readonly [label: string, text: string])[]
  readonly findings: readonly F[]
  /** Further fields of the JSON (`components`), before `findings`. */
  readonly data?: Readonly<Record<string, unknown>>
  /** How a rule family wants its findings in a table; without it: level, subject, message. */
  readonly columns?: readonly Column<F>[]
}

/** One column of the table and the HTML page. */
export interface Column<F extends Finding = Finding> {
  readonly title: string
  readonly text: (finding: F) => string
}

const PLAIN: readonly Column[] = [
  { title: 'Level', text: (finding) => finding.level },
  { title: 'Subject', text: (finding) => finding.subject.name },
  { title: 'Finding', text: (finding) => finding.message },
]

/** The columns to print. */
export function columnsOf<F extends Finding>(report: Report<F>): readonly Column<F>[] {
  return report.columns ?? PLAIN
}

export const FORMATS = ['table', 'json', 'sarif', 'html'] as const
export type Format = (typeof FORMATS)[number]
