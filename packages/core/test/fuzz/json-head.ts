import { jsonHead } from '../../src/index.ts'

export const corpus = [
  Buffer.from('{"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2024-1"},"a":[{"b":"\\"}"}]}'),
  Buffer.from('\ufeff {"version":2,"packages":{"a.b":{"name":"x","meta":{}}}}'),
]

export function target(bytes: Uint8Array): void {
  jsonHead(Buffer.from(bytes).toString())
}
