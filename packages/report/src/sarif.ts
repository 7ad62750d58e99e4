import { createHash } from 'node:crypto'
import type { Finding } from './finding.ts'
import type { Report } from './report.ts'

/**
 * The report as SARIF 2.1.0 (OASIS), as code-scanning pages read it. Each finding's rule is a SARIF rule; the partial
 * fingerprint is made of rule, subject and what is found, so that a finding keeps its identity from run to run: neither a
 * rebuild, which moves the subject to another path, nor a better title of the record makes a new one.
 */
export function printSarif<F extends Finding>(report: Report<F>): string {
  const rules = [...new Set(report.findings.map((finding) => finding.rule))].sort()
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            version: report.tool.version,
            rules: rules.map((id) => ({ id, shortDescription: { text: id } })),
          },
        },
        properties: { subject: report.subject, facts: Object.fromEntries(report.facts) },
        results: report.findings.map((finding) => result(finding, rules.indexOf(finding.rule))),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function result(finding: Finding, ruleIndex: number): object {
  const { rule, level, subject, message, evidence, remedy, ...family } = finding
  return {
    ruleId: rule,
    ruleIndex,
    level,
    message: { text: remedy === undefined ? message : `${message.replace(/\.?$/, '.')} What to do: ${remedy}` },
    locations: [
      {
        ...(subject.path !== undefined && { physicalLocation: { artifactLocation: { uri: fileUri(subject.path) } } }),
        logicalLocations: [{ name: subject.name, kind: subject.kind }],
      },
    ],
    partialFingerprints: { 'firn/v1': fingerprint(finding) },
    properties: { evidence, ...family },
  }
}

function fingerprint(finding: Finding): string {
  const { rule, subject, message } = finding
  const found = 'cve' in finding ? finding.cve : message
  return createHash('sha256')
    .update(JSON.stringify([rule, subject.kind, subject.name, found]))
    .digest('hex')
}

function fileUri(path: string): string {
  return `file://${path.split('/').map(encodeURIComponent).join('/')}`
}
