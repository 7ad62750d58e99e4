import { advisoryPage, type Bill, type BillEntry } from './bill.ts'

/** A bill of materials as SPDX 2.3 JSON; findings, if there are any, as security references of their packages. */
export function printSpdx(bill: Bill): string {
  const ids = new Map(bill.entries.map((entry) => [entry.ref, `SPDXRef-${entry.ref.replace(/[^A-Za-z0-9.-]/g, '-')}`]))
  const root = `SPDXRef-root-${bill.uuid}`
  const relationship = (from: string, type: string, to: string) => ({
    spdxElementId: from,
    relationshipType: type,
    relatedSpdxElement: to,
  })
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: bill.name,
    documentNamespace: `https://spdx.org/spdxdocs/${encodeURIComponent(bill.name)}-${bill.uuid}`,
    creationInfo: {
      created: bill.created.toISOString().replace(/\.\d+Z$/, 'Z'),
      creators: [`Tool: firn-${bill.toolVersion}`],
    },
    packages: [
      { SPDXID: root, name: bill.name, downloadLocation: 'NOASSERTION', filesAnalyzed: false },
      ...bill.entries.map((entry) => packageOf(entry, ids.get(entry.ref)!, bill)),
    ],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', root),
      ...bill.top.map((ref) => relationship(root, 'DEPENDS_ON', ids.get(ref)!)),
      ...bill.entries.flatMap((entry) =>
        entry.dependsOn.map((ref) => relationship(ids.get(entry.ref)!, 'DEPENDS_ON', ids.get(ref)!)),
      ),
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function packageOf(entry: BillEntry, id: string, bill: Bill) {
  const { component } = entry
  const findings = bill.findings.filter(
    (finding) => finding.subject.path !== undefined && component.paths.includes(finding.subject.path),
  )
  const patches = component.patches ?? []
  return {
    SPDXID: id,
    name: entry.name,
    ...(entry.version === undefined ? {} : { versionInfo: entry.version }),
    downloadLocation: component.sources?.find((url) => /^https?:\/\/\S+$/.test(url)) ?? 'NOASSERTION',
    filesAnalyzed: false,
    ...(component.homepages?.[0] === undefined ? {} : { homepage: component.homepages[0] }),
    ...(patches.length === 0 ? {} : { sourceInfo: `patches: ${patches.join(' ')}` }),
    ...(component.paths.length === 0 ? {} : { comment: `store paths: ${component.paths.join(' ')}` }),
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: entry.purl },
      ...findings.map((finding) => ({
        referenceCategory: 'SECURITY',
        referenceType: 'advisory',
        referenceLocator: advisoryPage(finding.cve),
        comment: `${finding.verdict}: ${finding.message}`,
      })),
    ],
  }
}
