import type { Statement, VersionRow } from './model.ts'

/** The parts of Go itself, as Go's database calls them. */
const OWN: Readonly<Record<string, string>> = { stdlib: 'Go standard library', toolchain: 'Go toolchain' }

/**
 * A statement of Go's database: its own parts have their maker, and a module's path says of which major versions it
 * speaks: `…/v3` of 3 alone, and a path without it, where others of the record have it, of 0 and 1 (go.dev/ref/mod).
 */
export function asGoModule(statement: Statement, paths: readonly string[]): Statement {
  const { ecosystem, packageName } = statement
  if (ecosystem !== 'Go' || packageName === undefined) return statement
  const vendor = OWN[packageName]
  if (vendor !== undefined) return { ...statement, vendor, product: packageName }
  const major = majorOf(packageName)
  const base = packageName.replace(MAJOR, '')
  if (major === undefined && !paths.some((path) => path !== base && path.replace(MAJOR, '') === base)) return statement
  const [from, to] = major === undefined ? [0, 2] : [major, major + 1]
  return { ...statement, versions: statement.versions.map((row) => within(row, from, to)) }
}

const MAJOR = /\/v\d{1,4}$/

function majorOf(path: string): number | undefined {
  const major = MAJOR.exec(path)?.[0].slice(2)
  return major === undefined ? undefined : Number(major)
}

/** A range without a beginning begins with the major version, and one without an end ends with it. */
function within(row: VersionRow, from: number, to: number): VersionRow {
  const begins = row.version === '0' && from > 0 ? { version: `${from}.0.0-0` } : {}
  return { ...row, ...begins, ...(row.lessThan === '*' ? { lessThan: `${to}.0.0-0` } : {}) }
}
