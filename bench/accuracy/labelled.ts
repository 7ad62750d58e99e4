import { UserError } from '@firn/core'
import type { Component, Verdict } from '@firn/scan'

/** One row of a labelled file: a package as it would stand in a closure, and the verdict that a person gave it. */
export interface LabelledRow {
  readonly id: string
  readonly cve: string
  readonly component: Component
  readonly expected: Verdict
  /** The verdicts that count as right; `expected` is among them. */
  readonly acceptable: readonly Verdict[]
  readonly category: string
  readonly why: string
}

const VERDICTS: readonly string[] = ['affected', 'not_affected', 'patched', 'different_product', 'undetermined']

/**
 * Read a labelled file: JSON lines of `id, cve, name, expected, category`, and `pname, version, system, patches, src,
 * acceptable, why` where they are known; `attribute, position, homepages, cpes, purls, known_vulnerabilities` are read
 * too, other fields are not. An empty text is "not known". Errors: a line that is no such row.
 */
export function parseLabelled(text: string, file: string): LabelledRow[] {
  const rows: LabelledRow[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() !== '') rows.push(parseRow(line, `${file}:${i + 1}`))
  }
  if (rows.length === 0) throw new UserError(`${file}: no labelled rows`, 'it holds one JSON object a line')
  return rows
}

function parseRow(line: string, where: string): LabelledRow {
  const row = parseObject(line, where)
  const said = (key: string) => (typeof row[key] === 'string' && row[key] !== '' ? row[key] : undefined)
  const needed = (key: string) => {
    const value = said(key)
    if (value === undefined) throw new UserError(`${where}: the row has no ${key}`, 'see bench/accuracy/labelled.ts')
    return value
  }
  const verdict = (value: unknown) => {
    if (VERDICTS.includes(value as string)) return value as Verdict
    throw new UserError(`${where}: ${JSON.stringify(value)} is no verdict`, `one of ${VERDICTS.join(', ')}`)
  }
  const list = (key: string) =>
    Array.isArray(row[key]) ? row[key].filter((entry): entry is string => typeof entry === 'string') : undefined
  const expected = verdict(row.expected)
  const acceptable = Array.isArray(row.acceptable) ? row.acceptable.map(verdict) : []
  const source = said('src')
  const known = {
    pname: said('pname'),
    version: said('version'),
    system: said('system'),
    patches: list('patches'),
    sources: source === undefined ? undefined : [source],
    attribute: said('attribute'),
    position: said('position'),
    homepages: list('homepages'),
    cpes: list('cpes'),
    purls: list('purls'),
    knownVulnerabilities: list('known_vulnerabilities'),
  }
  return {
    id: needed('id'),
    cve: needed('cve'),
    component: {
      name: needed('name'),
      ...(Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as Partial<Component>),
    },
    expected,
    acceptable: [...new Set([expected, ...acceptable])],
    category: said('category') ?? 'none',
    why: said('why') ?? '',
  }
}

function parseObject(line: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Told below, as what is JSON but no object.
  }
  throw new UserError(`${where}: this line is no JSON object`, 'a labelled file holds one JSON object a line')
}
