import { UserError } from '@firn/core'

/** One rule of a vulnix whitelist. */
export interface VulnixRule {
  /** The header as written: `openssl-3.0.14`, `openssl`, `*`. */
  readonly header: string
  /** Absent: every package. */
  readonly pname?: string
  /** Absent: every version. */
  readonly version?: string
  /** Absent: every vulnerability. */
  readonly cves?: readonly string[]
  /** `2025-01-31`: from that day on the rule is off. */
  readonly until?: string
  readonly issueUrls: readonly string[]
  readonly comments: readonly string[]
}

export interface VulnixWhitelist {
  readonly rules: readonly VulnixRule[]
  readonly warnings: readonly string[]
}

const KEYS = new Set(['cve', 'until', 'issue_url', 'comment', 'status'])
const SELECTOR = /^[a-zA-Z0-9_.*-]+$/

/**
 * A whitelist of vulnix in TOML (github.com/nix-community/vulnix, doc/vulnix-whitelist.5.md): a table a rule, its header
 * a name, a name and version, or `*`. Keys that vulnix does not know are told in `warnings`; a rule that is not
 * understood refuses the whole file, so that nobody believes it applies.
 */
export async function parseVulnixWhitelist(text: string): Promise<VulnixWhitelist> {
  const { parse, TomlError } = await import('smol-toml')
  let tables: Record<string, unknown>
  try {
    tables = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    throw new UserError(
      `whitelist: no valid TOML, line ${error.line}: ${error.message.split('\n')[0]}`,
      'a rule is a table: ["openssl-3.0.14"] and below it cve = ["CVE-2024-6119"]; the older YAML form is not read',
    )
  }
  const warnings: string[] = []
  const rules = Object.entries(tables).map(([header, table]) => {
    if (typeof table !== 'object' || table === null || Array.isArray(table) || table instanceof Date) {
      throw broken(header, 'is no table', 'a rule begins with ["name"], the name in quotes and brackets')
    }
    return rule(header, table as Record<string, unknown>, warnings)
  })
  return { rules, warnings }
}

function rule(header: string, table: Readonly<Record<string, unknown>>, warnings: string[]): VulnixRule {
  if (!SELECTOR.test(header) || (header.includes('*') && header !== '*')) {
    throw broken(header, 'is no selector', 'write a name, a name and version, or * for every package')
  }
  for (const key of Object.keys(table).filter((word) => !KEYS.has(word))) {
    const nested = typeof table[key] === 'object' ? ': is the header in quotes?' : ''
    warnings.push(`whitelist ["${header}"]: the key ${key} is not known and not read${nested}`)
  }
  const cves = texts(header, 'cve', table.cve)
  if (header === '*' && cves.length === 0) {
    throw broken(header, 'would pass over everything', 'list the vulnerabilities in cve')
  }
  const until = untilOf(header, table.until)
  return {
    header,
    ...selectorOf(header),
    ...(cves.length === 0 ? {} : { cves }),
    ...(until === undefined ? {} : { until }),
    issueUrls: texts(header, 'issue_url', table.issue_url),
    comments: texts(header, 'comment', table.comment),
  }
}

/** Split as vulnix splits a derivation's name: the version begins with a digit after the first hyphen that has one. */
export function vulnixName(name: string): { readonly pname: string; readonly version?: string } {
  const match = /^(\S+?)-([0-9]\S*)$/.exec(name)
  return match === null ? { pname: name } : { pname: match[1]!, version: match[2]! }
}

function selectorOf(header: string): { pname?: string; version?: string } {
  return header === '*' ? {} : vulnixName(header)
}

function texts(header: string, key: string, value: unknown): string[] {
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value]
  if (list.every((entry) => typeof entry === 'string')) return list
  throw broken(header, `${key} is neither a text nor a list of texts`, `write ${key} = "…" or ${key} = ["…", "…"]`)
}

function untilOf(header: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  const text = value instanceof Date ? value.toISOString() : String(value)
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0]
  if (day !== undefined && !Number.isNaN(Date.parse(day))) return day
  throw broken(header, `until ${text.slice(0, 40)} is no day`, 'write until = "2025-01-31"')
}

function broken(header: string, what: string, hint: string): UserError {
  return new UserError(`whitelist ["${header.slice(0, 80)}"]: ${what}`, hint)
}
