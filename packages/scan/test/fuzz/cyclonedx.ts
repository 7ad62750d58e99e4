import { readCycloneDx } from '../../src/sbom/read.ts'

const document = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components: [
    {
      name: 'curl',
      group: '@scope',
      version: '8.8.0',
      purl: 'pkg:nix/curl@8.8.0',
      cpe: 'cpe:2.3:a:haxx:curl:8.8.0:*:*:*:*:*:*:*',
      properties: [{ name: 'nix:drv_path', value: `/nix/store/${'a'.repeat(32)}-curl-8.8.0.drv` }],
      externalReferences: [{ type: 'website', url: 'https://curl.se' }],
      pedigree: { patches: [{ type: 'unofficial', resolves: [{ id: 'CVE-2024-6197' }], diff: { url: 'x.patch' } }] },
      components: [{ name: 'zlib' }],
    },
  ],
}

export const corpus: Uint8Array[] = [
  Buffer.from(JSON.stringify(document)),
  Buffer.from(JSON.stringify(document, null, 1)),
]

export function target(bytes: Uint8Array): void {
  readCycloneDx(Buffer.from(bytes).toString('utf8'))
}
