import { UserError } from '@firn/core'

/** One row of a vulnxscan whitelist. Of the rows that fit a finding the first decides. */
export interface VulnxscanRule {
  /** The line in the file, from 1. */
  readonly line: number
  /** Fits a whole id. */
  readonly vulnId: RegExp
  readonly package?: string
  readonly version?: string
  /** Fits a whole version. */
  readonly versionPattern?: RegExp
  readonly comment: string
  /** False: the row only annotates, and keeps later rows from deciding. */
  readonly whitelist: boolean
}

const KNOWN = new Set(['vuln_id', 'package', 'version_local', 'version_local_regex', 'comment', 'whitelist'])
const MAX_PATTERN = 200
const MAX_ROWS = 10_000

/**
 * A whitelist of vulnxscan in CSV (github.com/tiiuae/sbomnix, doc/vulnxscan.md). The first line names the columns;
 * `vuln_id` and `comment` are needed. Columns that are not known are told in `warnings`.
 */
export function parseVulnxscanWhitelist(text: string): {
  readonly rules: readonly VulnxscanRule[]
  readonly warnings: readonly string[]
} {
  const [head, ...rows] = parseCsv(text)
  const columns = (head?.cells ?? []).map((name) => name.trim())
  for (const needed of ['vuln_id', 'comment']) {
    if (!columns.includes(needed)) {
      throw new UserError(`whitelist: there is no column ${needed}`, 'the first line is: "vuln_id","package","comment"')
    }
  }
  const warnings = columns
    .filter((name) => !KNOWN.has(name))
    .map((name) => `whitelist: the column ${name} is not known and not read`)
  return { rules: rows.map(({ line, cells }) => rule(line, columns, cells)), warnings }
}

function rule(line: number, columns: readonly string[], cells: readonly string[]): VulnxscanRule {
  if (cells.length !== columns.length) {
    throw broken(line, `${cells.length} fields, not ${columns.length}`, 'put a text with commas in quotes')
  }
  const cell = (name: string) => {
    const at = columns.indexOf(name)
    return at === -1 || cells[at] === '' ? undefined : cells[at]
  }
  const vulnId = cell('vuln_id')
  const comment = cell('comment')
  if (vulnId === undefined || comment === undefined) {
    throw broken(line, 'vuln_id or comment is empty', 'say which vulnerability, and why it is passed over')
  }
  const name = cell('package')
  const version = cell('version_local')
  const pattern = cell('version_local_regex')
  const flag = cell('whitelist') ?? 'true'
  if (!/^(true|false|1|0)$/i.test(flag)) throw broken(line, `whitelist is ${flag.slice(0, 20)}`, 'write True or False')
  return {
    line,
    vulnId: expression(line, vulnId),
    comment,
    whitelist: /^(true|1)$/i.test(flag),
    ...(name === undefined ? {} : { package: name }),
    ...(version === undefined ? {} : { version }),
    ...(pattern === undefined ? {} : { versionPattern: expression(line, pattern) }),
  }
}

function expression(line: number, source: string): RegExp {
  try {
    if (source.length <= MAX_PATTERN) return new RegExp(`^(?:${source})$`)
  } catch {
    // Told below.
  }
  throw broken(
    line,
    `${source.slice(0, 60)} is no pattern that is read`,
    'write a regular expression, or the id itself',
  )
}

interface Row {
  readonly line: number
  readonly cells: readonly string[]
}

/** RFC 4180: fields in quotes may hold commas, line breaks and doubled quotes. Empty lines are left out. */
function parseCsv(text: string): Row[] {
  const rows: Row[] = []
  let line = 1
  for (let at = text.startsWith('\ufeff') ? 1 : 0; at < text.length; ) {
    const start = line
    const cells: string[] = []
    for (;;) {
      const { value, end } = text[at] === '"' ? quoted(text, at, start) : plain(text, at)
      cells.push(value)
      line += value.split('\n').length - 1
      at = end
      if (text[at] !== ',') break
      at++
    }
    if (text[at] === '\r') at++
    if (at < text.length && text[at] !== '\n')
      throw broken(start, 'text after a closing quote', 'double a quote within')
    at++
    line++
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: start, cells })
    if (rows.length > MAX_ROWS) throw broken(start, `more than ${MAX_ROWS} rows`, 'a whitelist is shorter')
  }
  return rows
}

function plain(text: string, at: number): { value: string; end: number } {
  let end = at
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++
  return { value: text.slice(at, end).trim(), end }
}

function quoted(text: string, at: number, line: number): { value: string; end: number } {
  let value = ''
  for (let from = at + 1; ; ) {
    const end = text.indexOf('"', from)
    if (end === -1) throw broken(line, 'a quote is not closed', 'close it, or double it where it belongs to the text')
    value += text.slice(from, end)
    if (text[end + 1] !== '"') return { value, end: end + 1 }
    value += '"'
    from = end + 2
  }
}

function broken(line: number, what: string, hint: string): UserError {
  return new UserError(`whitelist, line ${line}: ${what}`, hint)
}
