import type { Column, Format, Report } from '@firn/report'
import { nameAndVersion, nameOfPath, OTHER_KINDS, type OtherKind, type VulnerabilityFinding } from '@firn/scan/closure'
import { count } from '../count.ts'
import { version } from '../version.ts'
import type { Matched } from './matched.ts'
import type { Subject } from './subject.ts'

const SCHEMA = 'firn/scan/1'

/** What no scan of a closure sees, whatever its data: said in each report, so that a clean one is read rightly. */
export const NOT_SEEN = 'libraries inside a package: vendored Rust crates, Go modules, npm packages'

/** Everything a person or a program needs to judge the findings. */
export function scanReport(
  subject: Subject,
  matched: Matched,
  format: Format,
  withWhy: boolean,
): Report<VulnerabilityFinding> {
  return {
    schema: SCHEMA,
    tool: { name: 'firn', version: version() },
    subject: subject.label,
    facts: [
      ...findingsFact(matched.findings),
      ['Components', componentsFact(subject)],
      ...patchesFact(subject),
      ...dataFacts(matched, format),
      ['Not seen', NOT_SEEN],
    ],
    data: {
      components: subject.composition.components.map((component) => ({
        name: component.name,
        ...nameAndVersion(component),
        ...(component.paths[0] === undefined ? {} : { path: component.paths[0] }),
        ...(component.paths.length > 1 ? { outputs: component.paths } : {}),
        ...(component.derivation === undefined ? {} : { derivation: component.derivation }),
      })),
      others: subject.composition.others,
      advisories: matched.summary,
    },
    findings: matched.findings,
    columns: withWhy ? [...COLUMNS, WHY] : COLUMNS,
  }
}

/** A table is read now; what is printed for files has no ages, so that the same scan gives the same bytes. */
export function dataFacts({ data, dated, warning }: Matched, format: Format): (readonly [string, string])[] {
  const age: (readonly [string, string])[] = [['Advisories', format === 'table' ? data : dated]]
  return warning === undefined ? age : [...age, ['Warning', warning]]
}

const COLUMNS: readonly Column<VulnerabilityFinding>[] = [
  { title: 'Level', text: (finding) => finding.level },
  { title: 'CVE', text: (finding) => finding.cve },
  { title: 'Component', text: (finding) => finding.component },
  {
    title: 'Verdict',
    text: (finding) => (finding.reason === undefined ? finding.verdict : `${finding.verdict}: ${finding.reason}`),
  },
  { title: 'Score', text: (finding) => finding.severity?.score.toFixed(1) ?? '' },
  { title: 'Exploited', text: exploitedWords },
  { title: 'Fixed in', text: (finding) => finding.fixedIn ?? '' },
]

const WHY: Column<VulnerabilityFinding> = {
  title: 'Why it is here',
  text: (finding) => (finding.why ?? []).map(nameOfPath).join(' > '),
}

/** `known` (CISA), `known, ransomware`, or how likely it is within 30 days (EPSS) from one in a hundred on. */
function exploitedWords({ kev, epss }: VulnerabilityFinding): string {
  if (kev !== undefined) return kev.ransomware === true ? 'known, ransomware' : 'known'
  return epss !== undefined && epss.score >= 0.01 ? `${Math.round(epss.score * 100)}%` : ''
}

/** `12 affected, 3 undetermined; 4 errors, 8 warnings, 3 notes`: what is left on the screen of a long table. */
function findingsFact(findings: readonly VulnerabilityFinding[]): (readonly [string, string])[] {
  if (findings.length === 0) return []
  const counted = (words: readonly string[]) =>
    [...Map.groupBy(words, (word) => word)].map(([word, { length }]) => [word, length] as const)
  const verdicts = counted(findings.map(({ verdict }) => verdict)).map(([word, n]) => `${count(n)} ${word}`)
  const levels = counted(findings.map(({ level }) => level)).map(
    ([word, n]) => `${count(n)} ${word}${n === 1 ? '' : 's'}`,
  )
  return [['Findings', `${verdicts.join(', ')}; ${levels.join(', ')}`]]
}

/** `87 packages in 194 paths; not packages: 14 sources and patches, 3 environments`. */
function componentsFact({ composition, snapshot }: Subject): string {
  const { components, others } = composition
  const paths = snapshot === undefined ? '' : ` in ${count(snapshot.paths.length)} paths`
  const kinds = (Object.keys(OTHER_KINDS) as OtherKind[])
    .filter((kind) => (others[kind] ?? 0) > 0)
    .map((kind) => `${count(others[kind]!)} ${OTHER_KINDS[kind]}`)
  return `${count(components.length)} packages${paths}${kinds.length === 0 ? '' : `; not packages: ${kinds.join(', ')}`}`
}

function patchesFact({ composition }: Subject): (readonly [string, string])[] {
  const unknown = composition.components.filter((component) => component.patches === undefined).length
  if (unknown === 0) return []
  return [['Patches', `unknown for ${count(unknown)} packages: what says which are applied is not at hand`]]
}
