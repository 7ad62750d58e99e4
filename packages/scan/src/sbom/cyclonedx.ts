import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { cvssRating } from '@firn/advisories'
import type { VulnerabilityFinding } from '../finding.ts'
import { advisoryPage, type Bill, type BillEntry } from './bill.ts'

/** Names of the properties that carry what CycloneDX has no field for; `read.ts` knows them again. */
export const PROPERTY = {
  derivation: 'nix:drv_path',
  output: 'nix:output_path',
  system: 'nix:system',
  patch: 'nix:patch',
  /** How many patches there are: absent when that is not known. */
  patches: 'nix:patches',
} as const

/** A bill of materials as CycloneDX 1.6 JSON; findings, if there are any, as its vulnerabilities. */
export function printCycloneDx(bill: Bill): string {
  const bom = new Models.Bom({ serialNumber: `urn:uuid:${bill.uuid}` })
  bom.metadata.timestamp = bill.created
  bom.metadata.tools.components.add(
    new Models.Component(Enums.ComponentType.Application, 'firn', { version: bill.toolVersion }),
  )
  const root = new Models.Component(Enums.ComponentType.Application, bill.name, { bomRef: `root:${bill.uuid}` })
  bom.metadata.component = root
  const components = new Map(bill.entries.map((entry) => [entry.ref, componentOf(entry)]))
  for (const entry of bill.entries) {
    const component = components.get(entry.ref)!
    bom.components.add(component)
    for (const ref of entry.dependsOn) component.dependencies.add(components.get(ref)!.bomRef)
  }
  for (const ref of bill.top) root.dependencies.add(components.get(ref)!.bomRef)
  addVulnerabilities(bom, bill, components)

  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)
  const json = factory.makeForBom().normalize(bom, { sortLists: true })
  // The library has no model of pedigrees; what patches resolve is said in the finished document.
  const patches = new Map(bill.entries.map((entry) => [entry.ref, pedigree(entry.component.patches)]))
  const listed = (json.components ?? []).map((component) => {
    const found = patches.get(String(component['bom-ref']))
    return found === undefined ? component : { ...component, pedigree: found }
  })
  const whole = { $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', ...json, components: listed }
  return `${JSON.stringify(whole, null, 2)}\n`
}

function componentOf(entry: BillEntry) {
  const { component } = entry
  const made = new Models.Component(Enums.ComponentType.Application, entry.name, {
    bomRef: entry.ref,
    purl: entry.purl,
    ...(entry.version === undefined ? {} : { version: entry.version }),
  })
  for (const [name, value] of propertiesOf(entry)) made.properties.add(new Models.Property(name, value))
  for (const url of component.sources ?? []) {
    made.externalReferences.add(new Models.ExternalReference(url, Enums.ExternalReferenceType.SourceDistribution))
  }
  for (const url of component.homepages ?? []) {
    made.externalReferences.add(new Models.ExternalReference(url, Enums.ExternalReferenceType.Website))
  }
  return made
}

function propertiesOf({ component }: BillEntry): [name: string, value: string][] {
  return [
    ...(component.derivation === undefined ? [] : [[PROPERTY.derivation, component.derivation] as [string, string]]),
    ...component.paths.map((path): [string, string] => [PROPERTY.output, path]),
    ...(component.system === undefined ? [] : [[PROPERTY.system, component.system] as [string, string]]),
    ...(component.patches ?? []).map((patch): [string, string] => [PROPERTY.patch, patch]),
    ...(component.patches === undefined
      ? []
      : [[PROPERTY.patches, String(component.patches.length)] as [string, string]]),
  ]
}

const ID = /CVE-\d{4}-\d{4,}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}/gi

function pedigree(patches: readonly string[] | undefined) {
  const resolving = (patches ?? []).flatMap((patch) => {
    const ids = [
      ...new Set(
        patch.match(ID)?.map((id) => (/^cve/i.test(id) ? id.toUpperCase() : `GHSA${id.slice(4).toLowerCase()}`)),
      ),
    ]
    return ids.length === 0 ? [] : [{ type: 'unofficial', resolves: ids.map((id) => ({ type: 'security', id })) }]
  })
  return resolving.length === 0 ? undefined : { patches: resolving }
}

function addVulnerabilities(bom: Models.Bom, bill: Bill, components: ReadonlyMap<string, Models.Component>): void {
  const { Vulnerability } = Models
  const byPath = new Map(
    bill.entries.flatMap((entry) => entry.component.paths.map((path) => [path, entry.ref] as const)),
  )
  for (const finding of bill.findings) {
    const ref = finding.subject.path === undefined ? undefined : components.get(byPath.get(finding.subject.path) ?? '')
    const vulnerability = new Vulnerability.Vulnerability({
      id: finding.cve,
      description: finding.message,
      source: new Vulnerability.Source(
        finding.cve.startsWith('CVE-')
          ? { name: 'CVE', url: advisoryPage(finding.cve) }
          : { name: 'OSV', url: advisoryPage(finding.cve) },
      ),
      analysis: new Vulnerability.Analysis({
        state: STATES[finding.verdict],
        detail: finding.evidence.map((step) => step.text).join('\n'),
      }),
      ...(finding.remedy === undefined ? {} : { recommendation: finding.remedy }),
    })
    if (finding.severity !== undefined) vulnerability.ratings.add(ratingOf(finding.severity))
    if (ref !== undefined) vulnerability.affects.add(new Vulnerability.Affect(ref.bomRef))
    bom.vulnerabilities.add(vulnerability)
  }
}

function ratingOf({ score, vector, provider }: NonNullable<VulnerabilityFinding['severity']>) {
  const { Rating, Source } = Models.Vulnerability
  const version = CVSS_VERSIONS.find((known) => vector.startsWith(`CVSS:${known}/`)) ?? '2.0'
  return new Rating({
    source: new Source({ name: provider }),
    score,
    severity: SEVERITIES[cvssRating(score, version)],
    method: METHODS[version],
    vector,
  })
}

const CVSS_VERSIONS = ['4.0', '3.1', '3.0'] as const

const METHODS = {
  '4.0': Enums.Vulnerability.RatingMethod.CVSSv4,
  '3.1': Enums.Vulnerability.RatingMethod.CVSSv31,
  '3.0': Enums.Vulnerability.RatingMethod.CVSSv3,
  '2.0': Enums.Vulnerability.RatingMethod.CVSSv2,
} as const

const SEVERITIES = {
  none: Enums.Vulnerability.Severity.None,
  low: Enums.Vulnerability.Severity.Low,
  medium: Enums.Vulnerability.Severity.Medium,
  high: Enums.Vulnerability.Severity.High,
  critical: Enums.Vulnerability.Severity.Critical,
} as const

const STATES = {
  affected: Enums.Vulnerability.AnalysisState.InTriage,
  undetermined: Enums.Vulnerability.AnalysisState.InTriage,
  patched: Enums.Vulnerability.AnalysisState.Resolved,
  not_affected: Enums.Vulnerability.AnalysisState.NotAffected,
  different_product: Enums.Vulnerability.AnalysisState.FalsePositive,
} as const
