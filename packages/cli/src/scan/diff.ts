import type { Format, Report } from '@firn/report'
import { nameAndVersion, type VulnerabilityFinding } from '@firn/scan'
import { count } from '../count.ts'
import { version } from '../version.ts'
import type { Matched } from './matched.ts'
import { dataFacts, NOT_SEEN } from './report.ts'
import type { Subject } from './subject.ts'

/** One side of a comparison. */
export interface Side {
  readonly subject: Subject
  readonly matched: Matched
}

/** A package whose set of versions is not the same on both sides. */
interface Change {
  readonly pname: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** What changed from the old to the new side; the findings are those that only the new side has. */
export function diffReport(before: Side, after: Side, format: Format): Report<VulnerabilityFinding> {
  const old = new Set(before.matched.findings.map(identity))
  const now = new Set(after.matched.findings.map(identity))
  const appeared = after.matched.findings.filter((finding) => !old.has(identity(finding)))
  const gone = before.matched.findings.filter((finding) => !now.has(identity(finding)))
  const asBefore = after.matched.findings.length - appeared.length
  const changes = changesOf(before.subject, after.subject)
  return {
    schema: 'firn/scan-diff/1',
    tool: { name: 'firn', version: version() },
    subject: `${before.subject.label} -> ${after.subject.label}`,
    facts: [
      ['Packages', inWords(changes)],
      ...changes.map((change) => [`  ${change.pname}`, changeInWords(change)] as const),
      ['Findings', `${count(appeared.length)} new, ${count(gone.length)} gone, ${count(asBefore)} as before`],
      ...gone.map((finding) => ['  gone', `${finding.cve} in ${finding.component} (${finding.verdict})`] as const),
      ...dataFacts(after.matched, format),
      ['Not seen', NOT_SEEN],
    ],
    data: { changes, gone },
    findings: appeared,
  }
}

/** A finding stays the same one while package and CVE do: that an update did not fix it is no news. */
function identity(finding: VulnerabilityFinding): string {
  return `${finding.cve} ${nameAndVersion({ name: finding.component }).pname} ${finding.verdict}`
}

function changesOf(before: Subject, after: Subject): Change[] {
  const old = versionsOf(before)
  const now = versionsOf(after)
  const names = [...new Set([...old.keys(), ...now.keys()])].sort()
  return names
    .map((pname) => ({ pname, before: [...(old.get(pname) ?? [])].sort(), after: [...(now.get(pname) ?? [])].sort() }))
    .filter((change) => change.before.join(' ') !== change.after.join(' '))
}

function versionsOf(subject: Subject): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>()
  for (const component of subject.composition.components) {
    const { pname, version: found = 'no version' } = nameAndVersion(component)
    const known = versions.get(pname)
    if (known === undefined) versions.set(pname, new Set([found]))
    else known.add(found)
  }
  return versions
}

function inWords(changes: readonly Change[]): string {
  if (changes.length === 0) return 'the same on both sides'
  const added = changes.filter((change) => change.before.length === 0).length
  const removed = changes.filter((change) => change.after.length === 0).length
  return `${changes.length - added - removed} changed, ${added} added, ${removed} removed`
}

function changeInWords({ before, after }: Change): string {
  if (before.length === 0) return `added ${after.join(', ')}`
  if (after.length === 0) return `removed ${before.join(', ')}`
  return `${before.join(', ')} -> ${after.join(', ')}`
}
