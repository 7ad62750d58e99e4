import { styleText } from 'node:util'
import type { Finding, Level } from './finding.ts'
import { plain } from './plain.ts'
import { columnsOf, type Report } from './report.ts'

export interface TableOptions {
  readonly color: boolean
  /** Columns of the terminal; the last column wraps to fit. Infinity: no wrapping. */
  readonly width: number
}

const STYLE: Record<Level, 'red' | 'yellow' | 'dim'> = { error: 'red', warning: 'yellow', note: 'dim' }

/** The report as aligned text for a terminal: a table of findings, then the facts. */
export function printTable<F extends Finding>(report: Report<F>, options: TableOptions): string {
  const columns = columnsOf(report)
  const rows = report.findings.map((finding) => columns.map((column) => plain(column.text(finding))))
  const widths = columns.map((column, i) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[i]!)), column.title.length),
  )
  const lines = [report.subject, '']
  if (rows.length === 0) lines.push('No findings.')
  else {
    lines.push(
      style(
        options,
        'bold',
        layOut(
          columns.map((column) => column.title),
          widths,
          options.width,
        ),
      ),
    )
    rows.forEach((row, i) => {
      lines.push(style(options, STYLE[report.findings[i]!.level], layOut(row, widths, options.width)))
    })
  }
  lines.push('', ...factLines(report, options))
  return `${lines.join('\n')}\n`
}

function factLines<F extends Finding>(report: Report<F>, options: TableOptions): string[] {
  const labelWidth = Math.max(0, ...report.facts.map(([label]) => label.length))
  return report.facts.map(([label, text]) => layOut([label, plain(text)], [labelWidth, text.length], options.width))
}

/** One row. What does not fit goes on in the last column, which begins where it began. */
function layOut(cells: readonly string[], widths: readonly number[], width: number): string {
  const head = cells.slice(0, -1).map((cell, i) => cell + ' '.repeat(Math.max(0, widths[i]! - displayWidth(cell))))
  const indent = head.reduce((sum, cell) => sum + displayWidth(cell) + 2, 0)
  const last = wrap(cells.at(-1) ?? '', Math.max(20, width - indent))
  const first = [...head, last[0] ?? ''].join('  ')
  return [first, ...last.slice(1).map((line) => ' '.repeat(indent) + line)].map((line) => line.trimEnd()).join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines
}

/** Columns on a terminal: wide East Asian characters and emoji take two. */
function displayWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1
  }
  return width
}

function style(options: TableOptions, format: 'bold' | 'red' | 'yellow' | 'dim', text: string): string {
  return options.color ? styleText(format, text, { validateStream: false }) : text
}
