import { readCycloneDxVex } from '../../src/sbom/vex.ts'

const document = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  metadata: { timestamp: '2024-10-25T00:00:00Z', component: { 'bom-ref': 'root', name: 'system' } },
  components: [
    { 'bom-ref': 'c', name: 'curl', version: '8.8.0', purl: 'pkg:nix/curl@8.8.0', components: [{ name: 'x' }] },
  ],
  vulnerabilities: [
    {
      id: 'CVE-2024-7264',
      references: [{ id: 'GHSA-x' }],
      analysis: { state: 'not_affected', justification: 'code_not_reachable', detail: 'x', lastUpdated: '2024-10-25' },
      affects: [{ ref: 'c', versions: [{ version: '8.8.0' }] }, { ref: 'urn:cdx:x/1#c' }],
    },
  ],
}

export const corpus: Uint8Array[] = [Buffer.from(JSON.stringify(document))]

export function target(bytes: Uint8Array): void {
  readCycloneDxVex(Buffer.from(bytes).toString('utf8'))
}
