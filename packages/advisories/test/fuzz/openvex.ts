import { parseOpenVex } from '../../src/index.ts'

const document = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.org/vex/1',
  author: 'somebody',
  timestamp: '2024-10-25T00:00:00Z',
  version: 1,
  statements: [
    {
      vulnerability: { name: 'CVE-2024-6119', aliases: ['GHSA-x'] },
      products: [{ '@id': 'pkg:nix/openssl@3.0.14', identifiers: { purl: 'pkg:nix/openssl' }, subcomponents: ['x'] }],
      status: 'not_affected',
      justification: 'component_not_present',
    },
    { vulnerability: 'CVE-2024-1', products: ['openssl'], status: 'affected', action_statement: 'update' },
  ],
}

export const corpus: Uint8Array[] = [
  Buffer.from(JSON.stringify(document)),
  Buffer.from(JSON.stringify(document, null, 1)),
]

export function target(bytes: Uint8Array): void {
  parseOpenVex(bytes)
}
